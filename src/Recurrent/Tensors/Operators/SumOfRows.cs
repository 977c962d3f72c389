using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// Sums of rows of tables: at each position the first table's row and, times a factor, those of the others. The
    /// gradient adds up at each row; those of the other tables are of the rows that were read alone, because these
    /// tables are large and few of their rows are.
    /// </summary>
    /// <param name="tables">(entries, n) each; the others than the first are leaves.</param>
    /// <param name="rows">
    /// (tables, T, B): the row of each table at each position; the number of its entries for none.
    /// </param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="shards">The shards into which the batch is cut.</param>
    /// <returns>(T, B, n).</returns>
    internal static Tensor SumOfRows(
        IReadOnlyList<Tensor> tables,
        ReadOnlySpan<int> rows,
        int steps,
        int batch,
        float scale,
        int shards = 1
    ) => TensorPool.Rent<SumOfRowsOperator>().Apply(tables, rows, steps, batch, scale, shards);
}

/// <summary>The operator of <see cref="Tensor.SumOfRows"/>.</summary>
internal sealed class SumOfRowsOperator : Operator
{
    private Tensor[] _tables = [];
    private GradientSlot[] _gradients = [];
    private int[] _rows = []; // (tables, T·B)
    private int[] _places = []; // (tables − 1, T·B), in the gradients of the tables after the first
    private Indices _rowsOnDevice = null!;
    private Indices _placesOnDevice = null!;
    private Storage? _scaled; // the result's gradient times the factor, unless that is 1
    private float _scale;
    private int _shards;
    private int[] _rowsOfShard = [];
    private int[] _placesOfShard = [];

    public override int Columns => N;

    public override bool IsWeight(Tensor operand) => true;

    protected override int ShardsOfIndices => _shards;

    protected override ShardSums ByShards => ShardSums.Apart;

    private int N => Result.Shape[2];

    private int Positions => Result.Shape[0] * Result.Shape[1];

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(
        IReadOnlyList<Tensor> tables,
        ReadOnlySpan<int> rows,
        int steps,
        int batch,
        float scale,
        int shards
    )
    {
        var first = tables[0];
        if (_tables.Length != tables.Count)
        {
            (_tables, _gradients) = (new Tensor[tables.Count], new GradientSlot[tables.Count]);
        }
        for (var i = 0; i < _tables.Length; i++) // an enumerator would be allocated
        {
            _tables[i] = tables[i];
        }
        if (_rows.Length != rows.Length)
        {
            (_rows, _places) = (new int[rows.Length], new int[rows.Length - (steps * batch)]);
        }
        rows.CopyTo(_rows);
        (_scale, _shards, _scaled) = (scale, shards, null);
        _rowsOnDevice = Indices.From(first.Device, rows, tables.Count * steps, batch);
        return Apply(Tensor.Uninitialized(first.Device, new Shape(steps, batch, first.Shape[1])), _tables);
    }

    public override void Forward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            var y = Result.Values.Slice(first, length);
            Device.Run(new GatherRows(_tables[0].Values, RowsOf(0, first, length), N, y));
            for (var i = 1; i < _tables.Length; i++)
            {
                Device.Run(new AddGatheredRows(_tables[i].Values, RowsOf(i, first, length), N, _scale, y));
            }
        }
    }

    public override void Backward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, _scaled is null ? 0 : count))
        {
            Device.Run(new Unary<Affine>(DY.Slice(first, length), _scaled!.Slice(first, length), new(_scale)));
        }
    }

    public override void BackwardWeights(int start, int count)
    {
        for (var i = 0; i < _tables.Length; i++)
        {
            var rows = i == 0 ? _rowsOnDevice.Values : _placesOnDevice.Values;
            var first = Math.Max(0, i - 1) * Positions;
            AddRows((i > 0 ? _scaled : null) ?? DY, rows.Slice(first, Positions), _gradients[i], N, start, count);
        }
    }

    protected override void BeginBackward() => _scaled = _scale == 1 ? null : TensorPool.Rent(Device, Result.Count);

    protected override void BeginWeights()
    {
        _gradients[0] = WeightSlot(_tables[0], isZeroed: true);
        for (var i = 1; i < _tables.Length; i++)
        {
            var rows = _rows.AsSpan(i * Positions, Positions);
            var places = _places.AsSpan((i - 1) * Positions, Positions);
            _gradients[i] = IsItsTurn(_tables[i]) ? SlotOfRows(_tables[i], rows, places) : default;
        }
        _placesOnDevice = Indices.From(Device, _places, (_tables.Length - 1) * Result.Shape[0], Result.Shape[1]);
    }

    protected override void Spend()
    {
        base.Spend();
        _scaled?.Release();
    }

    /// <summary>A slot for the rows of a table: of one shard those that it reads.</summary>
    private GradientSlot SlotOfRows(Tensor table, Span<int> rows, Span<int> places)
    {
        if (Sums is not { } sums)
        {
            return GradientSlot.OfRows(table, rows, places);
        }
        var count = sums.Groups * sums.Size;
        if (_rowsOfShard.Length != count)
        {
            (_rowsOfShard, _placesOfShard) = (new int[count], new int[count]);
        }
        for (var i = 0; i < count; i++)
        {
            _rowsOfShard[i] = rows[sums.PlaceOf(0, i)];
        }
        var slot = GradientSlot.OfRows(table, _rowsOfShard, _placesOfShard);
        for (var i = 0; i < count; i++)
        {
            places[sums.PlaceOf(0, i)] = _placesOfShard[i];
        }
        return slot;
    }

    /// <summary>The rows of a table for some values of the result.</summary>
    private Operand<int> RowsOf(int table, int first, int length) =>
        _rowsOnDevice.Values.Slice((table * Positions) + (first / N), length / N);
}
