using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Sums;

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
    /// <returns>(T, B, n).</returns>
    internal static Tensor SumOfRows(
        IReadOnlyList<Tensor> tables,
        ReadOnlySpan<int> rows,
        int steps,
        int batch,
        float scale
    ) => TensorPool.Rent<SumOfRowsOperator>().Apply(tables, rows, steps, batch, scale);
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

    public override int Columns => N;

    public override bool IsWeight(Tensor operand) => true;

    private int N => Result.Shape[2];

    private int Positions => Result.Shape[0] * Result.Shape[1];

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(IReadOnlyList<Tensor> tables, ReadOnlySpan<int> rows, int steps, int batch, float scale)
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
        (_scale, _scaled) = (scale, null);
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
            if (_gradients[i].IsWanted)
            {
                var dy = (i > 0 ? _scaled ?? DY : DY).Values;
                Device.Run(
                    new AddRows(
                        dy.Columns(start, count, N),
                        i == 0
                            ? _rowsOnDevice.Values.Slice(0, Positions)
                            : _placesOnDevice.Values.Slice((i - 1) * Positions, Positions),
                        _gradients[i].Values.Columns(start, count, N),
                        count,
                        N
                    )
                );
            }
        }
    }

    protected override void BeginBackward()
    {
        _scaled = _scale == 1 ? null : TensorPool.Rent(Device, Result.Count);
        _gradients[0] = GradientSlot.Zeroed(_tables[0]);
        for (var i = 1; i < _tables.Length; i++)
        {
            var places = _places.AsSpan((i - 1) * Positions, Positions);
            _gradients[i] = GradientSlot.OfRows(_tables[i], _rows.AsSpan(i * Positions, Positions), places);
        }
        _placesOnDevice = Indices.From(Device, _places, (_tables.Length - 1) * Result.Shape[0], Result.Shape[1]);
    }

    protected override void EndBackward() => _scaled?.Release();

    /// <summary>The rows of a table for some values of the result.</summary>
    private Operand<int> RowsOf(int table, int first, int length) =>
        _rowsOnDevice.Values.Slice((table * Positions) + (first / N), length / N);
}
