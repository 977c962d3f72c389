using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Table[Indices[i]] = X[i], row by row; the other rows stay as they are.</summary>
internal readonly unsafe struct ScatterRows : IKernel
{
    public required Operand<float> X { get; init; } // (rows, Columns)

    public required Operand<int> Indices { get; init; } // (rows), 0 ≤ index < entries, none of them twice

    public required Operand<float> Table { get; init; } // (entries, Columns)

    public required int Columns { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var rows = Indices.Length;
        var x = X.Pointer((long)rows * Columns);
        if (Columns == 0)
        {
            return;
        }
        var entries = Table.Length / Columns;
        var table = Table.Pointer((long)entries * Columns);
        var indices = RowIndices.Pointer(Indices, rows, entries);
        for (var row = 0; row < rows; row++)
        {
            var source = new ReadOnlySpan<float>(x + ((nint)row * Columns), Columns);
            source.CopyTo(new Span<float>(table + ((nint)indices[row] * Columns), Columns));
        }
    }
}
