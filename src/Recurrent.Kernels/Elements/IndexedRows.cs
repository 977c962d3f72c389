using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y[i] = Table[Indices[i]], row by row: what a one-hot matrix times the table gives.</summary>
/// <param name="Table">(entries, Columns).</param>
/// <param name="Indices">(rows), 0 ≤ index &lt; entries.</param>
/// <param name="Columns">Columns of the table.</param>
/// <param name="Y">(rows, Columns).</param>
internal readonly unsafe record struct GatherRows(
    Operand<float> Table,
    Operand<int> Indices,
    int Columns,
    Operand<float> Y
) : IKernel
{
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var y = Y.Pointer((long)Indices.Length * Columns);
        if (Columns == 0)
        {
            return;
        }
        var entries = Table.Length / Columns;
        var table = Table.Pointer((long)entries * Columns);
        var indices = RowIndices.Pointer(Indices, Indices.Length, entries);
        for (var row = 0; row < Indices.Length; row++)
        {
            var source = new ReadOnlySpan<float>(table + ((nint)indices[row] * Columns), Columns);
            source.CopyTo(new Span<float>(y + ((nint)row * Columns), Columns));
        }
    }
}

/// <summary>Table[Indices[i]] = X[i], row by row; the other rows stay as they are.</summary>
/// <param name="X">(rows, Columns).</param>
/// <param name="Indices">(rows), 0 ≤ index &lt; entries, none of them twice.</param>
/// <param name="Columns">Columns of the table.</param>
/// <param name="Table">(entries, Columns).</param>
internal readonly unsafe record struct ScatterRows(
    Operand<float> X,
    Operand<int> Indices,
    int Columns,
    Operand<float> Table
) : IKernel
{
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var x = X.Pointer((long)Indices.Length * Columns);
        if (Columns == 0)
        {
            return;
        }
        var entries = Table.Length / Columns;
        var table = Table.Pointer((long)entries * Columns);
        var indices = RowIndices.Pointer(Indices, Indices.Length, entries);
        for (var row = 0; row < Indices.Length; row++)
        {
            var source = new ReadOnlySpan<float>(x + ((nint)row * Columns), Columns);
            source.CopyTo(new Span<float>(table + ((nint)indices[row] * Columns), Columns));
        }
    }
}

/// <summary>Y(i, Indices[i]) = 1, and 0 elsewhere.</summary>
/// <param name="Indices">(rows), 0 ≤ index &lt; Classes.</param>
/// <param name="Classes">Columns of Y.</param>
/// <param name="Y">(rows, Classes).</param>
internal readonly unsafe record struct OneHot(Operand<int> Indices, int Classes, Operand<float> Y) : IKernel
{
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var y = Y.Pointer((long)Indices.Length * Classes);
        var indices = RowIndices.Pointer(Indices, Indices.Length, Classes);
        Y.AsSpan().Clear();
        for (var row = 0; row < Indices.Length; row++)
        {
            y[((nint)row * Classes) + indices[row]] = 1f;
        }
    }
}

/// <summary>The one place where kernels check indices of rows.</summary>
internal static unsafe class RowIndices
{
    /// <summary>Checks that each index is a row of a table, and returns the address of the first.</summary>
    /// <param name="indices">The indices.</param>
    /// <param name="count">How many there must be.</param>
    /// <param name="entries">Rows of the table.</param>
    /// <exception cref="ArgumentException">There are more or fewer indices.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public static int* Pointer(Operand<int> indices, int count, int entries)
    {
        var first = indices.Pointer(count);
        for (var i = 0; i < count; i++)
        {
            if ((uint)first[i] >= (uint)entries)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(indices),
                    first[i],
                    $"Index {i} must be 0 to {entries - 1}, because the table has {entries} rows."
                );
            }
        }
        return first;
    }
}
