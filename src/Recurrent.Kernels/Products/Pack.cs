using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// Copies the right operand B of a product into panels: panel p holds columns [p·width, (p+1)·width) as (Rows, width),
/// row after row, so that a tile reads B as one stream. Columns past the last are zero.
/// </summary>
/// <param name="B">(Rows, Columns), or (Columns, Rows) when Transposed.</param>
/// <param name="Transposed">Whether B is given as its transpose.</param>
/// <param name="Rows">Rows of B as the product sees it.</param>
/// <param name="Columns">Columns of B as the product sees it.</param>
/// <param name="Packed">(Length(Rows, Columns)).</param>
internal readonly unsafe record struct Pack(
    Operand<float> B,
    bool Transposed,
    int Rows,
    int Columns,
    Operand<float> Packed
) : IKernel
{
    private const int WidestPanel = 32; // columns, of the widest tier

    /// <summary>Values that a packed B takes, on every tier.</summary>
    /// <param name="rows">Rows of B as the product sees it.</param>
    /// <param name="columns">Columns of B as the product sees it.</param>
    public static int Length(int rows, int columns) =>
        checked((columns + WidestPanel - 1) / WidestPanel * WidestPanel * rows);

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var count = (long)Rows * Columns;
        var packed = Packed.Pointer(Length(Rows, Columns));
        var panels = (Columns + Tile<V>.Columns - 1) / Tile<V>.Columns;
        var job = new Job<V>(B.Pointer(count), Transposed, Rows, Columns, packed);
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

    /// <summary>A chunk is a panel.</summary>
    private readonly struct Job<V>(float* b, bool transposed, int k, int n, float* packed) : IJob
        where V : unmanaged, IVector<V>
    {
        private const int TransposedBlock = 128; // rows of a panel that stay in the first-level cache for all columns

        private static int Width => Tile<V>.Columns;

        public void Run(int index)
        {
            var firstColumn = index * Width;
            var columns = Math.Min(Width, n - firstColumn);
            var target = packed + ((nint)index * k * Width);
            if (columns < Width)
            {
                new Span<float>(target, k * Width).Clear();
            }
            if (transposed)
            {
                PackTransposed(b + ((nint)firstColumn * k), columns, target);
            }
            else if (columns == Width)
            {
                PackWhole(b + firstColumn, target);
            }
            else
            {
                for (var row = 0; row < k; row++)
                {
                    var source = new ReadOnlySpan<float>(b + ((nint)row * n) + firstColumn, columns);
                    source.CopyTo(new Span<float>(target + (row * Width), columns));
                }
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private void PackWhole(float* source, float* target)
        {
            for (var row = 0; row < k; row++)
            {
                V.Store(V.Load(source), target);
                V.Store(V.Load(source + V.Width), target + V.Width);
                source += n;
                target += Width;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private void PackTransposed(float* source, int columns, float* target)
        {
            for (var first = 0; first < k; first += TransposedBlock)
            {
                var rows = Math.Min(TransposedBlock, k - first);
                for (var column = 0; column < columns; column++)
                {
                    var from = source + ((nint)column * k) + first;
                    var to = target + (first * Width) + column;
                    for (var row = 0; row < rows; row++)
                    {
                        *to = from[row];
                        to += Width;
                    }
                }
            }
        }
    }
}
