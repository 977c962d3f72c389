using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y[i] = Table[Indices[i]], row by row: what a one-hot matrix times the table gives.</summary>
internal readonly unsafe struct GatherRows : IKernel
{
    public required Operand<float> Table { get; init; } // (entries, Columns)

    public required Operand<int> Indices { get; init; } // (rows), 0 ≤ index < entries

    public required Operand<float> Y { get; init; } // (rows, Columns)

    public required int Columns { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var rows = Indices.Length;
        var y = Y.Pointer((long)rows * Columns);
        if (Columns == 0)
        {
            return;
        }
        var entries = Table.Length / Columns;
        var table = Table.Pointer((long)entries * Columns);
        var indices = RowIndices.Pointer(Indices, rows, entries);
        for (var row = 0; row < rows; row++)
        {
            var source = new ReadOnlySpan<float>(table + ((nint)indices[row] * Columns), Columns);
            source.CopyTo(new Span<float>(y + ((nint)row * Columns), Columns));
        }
    }
}
