using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// Rows of a table: what a one-hot matrix times the table gives. The gradient adds up at each row.
    /// </summary>
    /// <param name="table">(entries, n).</param>
    /// <param name="indices">0 ≤ index &lt; entries.</param>
    /// <returns>(number of indices, n).</returns>
    /// <exception cref="ArgumentException">The table is not a matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public static Tensor Lookup(Tensor table, ReadOnlySpan<int> indices)
    {
        ArgumentNullException.ThrowIfNull(table);
        var rows = Lookup(table, Indices.From(table.Device, indices, indices.Length, 1));
        return rows.Reshape(indices.Length, table.Shape[1]);
    }

    /// <summary>
    /// Rows of a table: what a one-hot matrix times the table gives. The gradient adds up at each row.
    /// </summary>
    /// <param name="table">(entries, n).</param>
    /// <param name="indices">0 ≤ index &lt; entries.</param>
    /// <returns>(rows, columns, n) for indices (rows, columns).</returns>
    /// <exception cref="ArgumentException">The table is not a matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public static Tensor Lookup(Tensor table, Indices indices)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(indices);
        if (table.Shape.Rank != 2)
        {
            throw new ArgumentException($"A table is a matrix, not of shape {table.Shape}.", nameof(table));
        }
        indices.RequireBelow(table.Shape[0], nameof(indices));
        return TensorPool.Rent<LookupOperator>().Apply(table, indices);
    }
}

/// <summary>The operator of <see cref="Tensor.Lookup(Tensor, Indices)"/>.</summary>
internal sealed class LookupOperator : Operator
{
    private Tensor _table = null!; // (entries, n)
    private Indices _indices = null!;
    private GradientSlot _dTable;

    public override int Columns => N;

    public override bool IsWeight(Tensor operand) => true;

    protected override int ShardsOfIndices => _indices.Shards;

    protected override ShardSums ByShards => ShardSums.Apart;

    private int N => _table.Shape[1];

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor table, Indices indices)
    {
        (_table, _indices) = (table, indices);
        return Apply(Tensor.Uninitialized(table.Device, new Shape(indices.Rows, indices.Columns, N)), table);
    }

    public override void Forward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            var indices = _indices.Values.Slice(first / N, length / N);
            Device.Run(new GatherRows(_table.Values, indices, N, Result.Values.Slice(first, length)));
        }
    }

    public override void BackwardWeights(int start, int count) =>
        AddRows(DY, _indices.Values, _dTable, N, start, count);

    protected override void BeginBackward() { }

    protected override void BeginWeights() => _dTable = WeightSlot(_table, isZeroed: true);
}
