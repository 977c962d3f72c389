using System.Runtime.CompilerServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Sums;

namespace Recurrent.Tensors;

/// <summary>z = f(x, y), element by element and broadcast: all that such operators share.</summary>
internal abstract class BroadcastOperator : Operator
{
    private readonly Side _x = new();
    private readonly Side _y = new();

    public sealed override RowLayout Layout =>
        IsRowwise ? Result.Shape.RowLayout : new(1, Unit == 0 ? 0 : Result.Count / Unit, Unit);

    public sealed override bool IsRowwise => Unit == Result.Shape[-1];

    public sealed override int Columns =>
        _x.IsFull && _y.IsFull ? 0
        : _x.IsFull && _y.IsRow ? _y.Operand.Count
        : 1;

    /// <summary>The values of a row: those that are repeated, or the last axis.</summary>
    private int Unit => !_y.IsFull && _y.IsRow ? _y.Operand.Count : Result.Shape[-1];

    /// <summary>Applies the operator.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Tensor Apply(Tensor x, Tensor y, Shape shape)
    {
        _x.Take(x, shape, mayBeRow: false);
        _y.Take(y, shape, mayBeRow: true);
        return Apply(Tensor.Uninitialized(x.Device, shape), x, y);
    }

    public sealed override bool IsWeight(Tensor operand) =>
        (operand == _x.Operand && !_x.IsFull) || (operand == _y.Operand && !_y.IsFull);

    public sealed override void Forward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            Forward(_x.Slice(first, length), _y.Slice(first, length), Result.Values.Slice(first, length));
        }
    }

    public sealed override void Backward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            var (x, y, dz) = (_x.Slice(first, length), _y.Slice(first, length), DY.Slice(first, length));
            if (_x.Gradient.IsWanted && !PassesOn(isX: true))
            {
                BackwardX(dz, y, _x.GradientSlice(first, length));
            }
            _x.Add(first, length);
            if (_y.Gradient.IsWanted && !PassesOn(isX: false))
            {
                BackwardY(dz, x, y, _y.GradientSlice(first, length));
            }
            _y.Add(first, length);
        }
    }

    public sealed override void BackwardWeights(int start, int count)
    {
        _x.Sum(Result.Shape, start, count, Columns);
        _y.Sum(Result.Shape, start, count, Columns);
    }

    /// <summary>Computes z of x and y, which is as long or one row that is repeated.</summary>
    protected abstract void Forward(Operand<float> x, Operand<float> y, Operand<float> z);

    /// <summary>Whether dz itself is the gradient of x, or of y.</summary>
    protected virtual bool PassesOn(bool isX) => false;

    /// <summary>
    /// Computes dx; x has the result's shape, or one row is repeated for y. Only where dz is not dx itself.
    /// </summary>
    protected virtual void BackwardX(Operand<float> dz, Operand<float> y, Operand<float> dx) { }

    /// <summary>Computes dy of the result's shape. Only where dz is not dy itself.</summary>
    protected virtual void BackwardY(Operand<float> dz, Operand<float> x, Operand<float> y, Operand<float> dy) { }

    protected sealed override void BeginBackward()
    {
        _x.Begin(DY, PassesOn(isX: true), Result.Count);
        _y.Begin(DY, PassesOn(isX: false), Result.Count);
    }

    protected sealed override void EndBackward()
    {
        _x.End();
        _y.End();
    }

    /// <summary>An operand, as long as the result.</summary>
    private sealed class Side
    {
        private Operand<float> _values; // of the result's shape, or one row
        private Storage? _wide; // the gradient before it is summed

        public Tensor Operand { get; private set; } = null!;

        public bool IsFull { get; private set; }

        public bool IsRow { get; private set; }

        public GradientSlot Gradient { get; private set; }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Take(Tensor operand, Shape full, bool mayBeRow)
        {
            (Operand, _values, _wide) = (operand, operand.Values, null);
            (IsFull, IsRow) = (operand.Shape == full, Broadcasting.IsRow(operand.Shape, full));
            if (!IsFull && !(mayBeRow && IsRow))
            {
                var expanded = TensorPool.Rent(operand.Device, full.Count);
                operand.Device.Run(new Repeat(_values, Axes(full), expanded.Values));
                _values = expanded.Values;
            }
        }

        /// <summary>Elements of the operand as it is repeated, or the row of which they are made.</summary>
        public Operand<float> Slice(int first, int length) =>
            IsRow && !IsFull && _values.Length == Operand.Count ? _values : _values.Slice(first, length);

        public void Begin(Storage dz, bool passesOn, int count)
        {
            if (IsFull)
            {
                Gradient = passesOn ? GradientSlot.Same(Operand, dz) : GradientSlot.Written(Operand);
                return;
            }
            Gradient = GradientSlot.Added(Operand);
            if (Gradient.IsWanted)
            {
                _wide = passesOn ? dz.Share() : TensorPool.Rent(Operand.Device, count);
            }
        }

        public Operand<float> GradientSlice(int first, int length) =>
            IsFull ? Gradient.Slice(first, length) : _wide!.Slice(first, length);

        public void Add(int first, int length)
        {
            if (IsFull)
            {
                Gradient.Add(first, length);
            }
        }

        public void Sum(Shape full, int start, int count, int columns)
        {
            if (IsFull || !Gradient.IsWanted)
            {
                return;
            }
            var size = Operand.Count;
            if (IsRow)
            {
                (start, count) = columns == size ? (start, count) : (0, size);
                Operand.Device.Run(
                    new ColumnSums(
                        _wide!.Values.Columns(start, count, size),
                        size,
                        Gradient.Slice(start, count),
                        Gradient.Accumulate
                    )
                );
                return;
            }
            Operand.Device.Run(new SumRepeated(_wide!.Values, Axes(full), Gradient.Values, Gradient.Accumulate));
        }

        public void End()
        {
            Gradient.Close();
            _wide?.Release();
        }

        private RepeatedAxes Axes(Shape full) =>
            new()
            {
                Outer = Broadcasting.Length(full, 3),
                Rows = Broadcasting.Length(full, 2),
                Columns = Broadcasting.Length(full, 1),
                OuterStep = Broadcasting.Step(Operand.Shape, 3),
                RowStep = Broadcasting.Step(Operand.Shape, 2),
                ColumnStep = Broadcasting.Step(Operand.Shape, 1),
            };
    }
}
