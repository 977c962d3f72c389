using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// Copies the right operand B of a product into panels: panel p holds columns [p·width, (p+1)·width) as (Rows, width),
/// row after row, so that a tile reads B as one stream. Columns past the last are zero.
/// </summary>
internal readonly unsafe struct Pack : IKernel
{
    private const int WidestPanel = 32; // columns, of the widest tier

    public required Operand<float> B { get; init; } // (Rows, Columns), or (Columns, Rows) when Transposed

    public bool Transposed { get; init; }

    public required int Rows { get; init; } // of B as the product sees it

    public required int Columns { get; init; } // of B as the product sees it

    public required Operand<float> Packed { get; init; } // (Length(Rows, Columns))

    /// <summary>Values that a packed B takes, on every tier.</summary>
    /// <param name="rows">Rows of B as the product sees it.</param>
    /// <param name="columns">Columns of B as the product sees it.</param>
    public static int Length(int rows, int columns) =>
        checked((columns + WidestPanel - 1) / WidestPanel * WidestPanel * rows);

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var count = (long)Rows * Columns;
        var packed = Packed.Pointer(Length(Rows, Columns));
        var panels = (Columns + PackJob<V>.Width - 1) / PackJob<V>.Width;
        var job = new PackJob<V>(B.Pointer(count), Transposed, Rows, Columns, packed);
        if (count >= Elementwise.ChunkLength)
        {
            team.Run(panels, job);
            return;
        }
        for (var panel = 0; panel < panels; panel++)
        {
            job.Run(panel);
        }
    }
}
