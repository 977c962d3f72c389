using Recurrent.Kernels.Gpu;
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
        var job = new RowCopies(table, indices, Indices.Length, Columns, y, isScatter: false);
        team.Run(job.Chunks, job);
    }

    /// <remarks>The indices are not checked: whoever has written them to the card has.</remarks>
    public void Launch(GpuQueue gpu)
    {
        Y.Check((long)Indices.Length * Columns);
        Table.Check(Columns == 0 ? Table.Length : Table.Length / Columns * Columns);
        var function = Elementwise.Function(
            gpu,
            new(typeof(GatherRows)),
            static (w, i) =>
            {
                var (table, indices, y, columns) = (w.Pointer(), w.Pointer(), w.Pointer(), w.Int());
                (y + i).Store((table + RowIndices.Place(indices, i, columns)).Load());
            }
        );
        gpu.Launch(function, Elementwise.Blocks(Y.Length), Y.Length, Table, Indices, Y, Columns);
    }
}

/// <summary>
/// Y[i] = Y[i] + Scale·Table[Indices[i]], rounded once, row by row; Y[i] stays as it is where the index is the number
/// of the table's entries.
/// </summary>
/// <param name="Table">(entries, Columns).</param>
/// <param name="Indices">(rows), 0 ≤ index ≤ entries.</param>
/// <param name="Columns">Columns of the table.</param>
/// <param name="Scale">The factor of the table's rows.</param>
/// <param name="Y">(rows, Columns).</param>
internal readonly unsafe record struct AddGatheredRows(
    Operand<float> Table,
    Operand<int> Indices,
    int Columns,
    float Scale,
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
        var indices = RowIndices.Pointer(Indices, Indices.Length, entries + 1);
        for (var row = 0; row < Indices.Length; row++, y += Columns)
        {
            if (indices[row] < entries)
            {
                Add<V>(table + ((nint)indices[row] * Columns), y);
            }
        }
    }

    /// <inheritdoc cref="GatherRows.Launch"/>
    public void Launch(GpuQueue gpu)
    {
        Y.Check((long)Indices.Length * Columns);
        var entries = Columns == 0 ? 0 : Table.Length / Columns;
        Table.Check(Columns == 0 ? Table.Length : entries * Columns);
        var function = Elementwise.Function(
            gpu,
            new(typeof(AddGatheredRows)),
            static (w, i) =>
            {
                var (table, entries, indices, y) = (w.Pointer(), w.Int(), w.Pointer(), w.Pointer());
                var (columns, scale) = (w.Int(), w.Float());
                var isThere = PtxInt.IsBelowUnsigned((indices + (i / columns)).LoadInt(), entries);
                var row = (table + RowIndices.Place(indices, i, columns)).LoadIf(isThere);
                (y + i).StoreIf(isThere, PtxVector.FusedMultiplyAdd(scale, row, (y + i).Load()));
            }
        );
        gpu.Launch(function, Elementwise.Blocks(Y.Length), Y.Length, Table, entries, Indices, Y, Columns, Scale);
    }

    private void Add<V>(float* row, float* y)
        where V : unmanaged, IVector<V>
    {
        var i = 0;
        for (; i <= Columns - V.Width; i += V.Width)
        {
            V.Store(V.FusedMultiplyAdd(Scale, V.Load(row + i), V.Load(y + i)), y + i);
        }
        for (; i < Columns; i++)
        {
            y[i] = MathF.FusedMultiplyAdd(Scale, row[i], y[i]);
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
        var job = new RowCopies(table, indices, Indices.Length, Columns, x, isScatter: true);
        team.Run(job.Chunks, job);
    }

    /// <inheritdoc cref="GatherRows.Launch"/>
    public void Launch(GpuQueue gpu)
    {
        X.Check((long)Indices.Length * Columns);
        Table.Check(Columns == 0 ? Table.Length : Table.Length / Columns * Columns);
        var function = Elementwise.Function(
            gpu,
            new(typeof(ScatterRows)),
            static (w, i) =>
            {
                var (x, indices, table, columns) = (w.Pointer(), w.Pointer(), w.Pointer(), w.Int());
                (table + RowIndices.Place(indices, i, columns)).Store((x + i).Load());
            }
        );
        gpu.Launch(function, Elementwise.Blocks(X.Length), X.Length, X, Indices, Table, Columns);
    }
}

/// <summary>Copies rows of a table that indices name to rows that stand together, or from there.</summary>
internal readonly unsafe struct RowCopies(
    float* table,
    int* indices,
    int rows,
    int columns,
    float* rowsTogether,
    bool isScatter
) : IJob
{
    private const int ChunkLength = 2 * Elementwise.ChunkLength; // the rows of a large table are seldom in a cache

    public int Chunks => (rows + RowsInChunk - 1) / RowsInChunk;

    private int RowsInChunk => Math.Max(1, ChunkLength / columns);

    public void Run(int index)
    {
        var end = Math.Min((index + 1) * RowsInChunk, rows);
        for (var row = index * RowsInChunk; row < end; row++)
        {
            var inTable = new Span<float>(table + ((nint)indices[row] * columns), columns);
            var together = new Span<float>(rowsTogether + ((nint)row * columns), columns);
            if (isScatter)
            {
                together.CopyTo(inTable);
            }
            else
            {
                inTable.CopyTo(together);
            }
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

    /// <inheritdoc cref="GatherRows.Launch"/>
    public void Launch(GpuQueue gpu)
    {
        Y.Check((long)Indices.Length * Classes);
        var function = Elementwise.Function(
            gpu,
            new(typeof(OneHot)),
            static (w, i) =>
            {
                var (indices, classes, y) = (w.Pointer(), w.Int(), w.Pointer());
                var isHot = (indices + (i / classes)).LoadInt() == i % classes;
                (y + i).Store(isHot.Choose((PtxVector)1f, 0f));
            }
        );
        gpu.Launch(function, Elementwise.Blocks(Y.Length), Y.Length, Indices, Classes, Y);
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

    /// <summary>Where in a table of rows element i of the rows of some indices lies.</summary>
    public static PtxInt Place(PtxPointer indices, PtxInt i, PtxInt columns) =>
        ((indices + (i / columns)).LoadInt() * columns) + (i % columns);
}
