using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Sums;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    private static readonly Shape s_scalar = new(1); // made once: unoptimised code allocates for a span of constants

    /// <summary>The sum of all elements, in a fixed order; dx = dy everywhere.</summary>
    /// <returns>Shape (1).</returns>
    public Tensor Sum() => ScaledSum(1.0);

    /// <summary>The mean of all elements; dx = dy / count everywhere. NaN for an empty tensor.</summary>
    /// <returns>Shape (1).</returns>
    public Tensor Mean() => ScaledSum(1.0 / Count);

    /// <summary>
    /// Reads back the sum of the squares of all elements, in a fixed order: in single precision within blocks, where
    /// squares below 1e-45 are lost, and in double precision between them. Not differentiable.
    /// </summary>
    public double SumOfSquares()
    {
        var total = new Operand<double>(TensorPool.RentMemory<double>(Device, 1, owner: null));
        Device.Run(new SumOfSquares(Values, total));
        Span<double> value = stackalloc double[1];
        Device.Read(total, value);
        return value[0];
    }

    private Tensor ScaledSum(double scale) =>
        TensorPool.Rent<SumOperator>().Apply(this, Uninitialized(Device, s_scalar), scale);
}

/// <summary>y = scale·Σ x, in one piece, because its order is fixed; dx = scale·dy everywhere.</summary>
internal sealed class SumOperator : Operator
{
    private Tensor _x = null!;
    private double _scale;
    private GradientSlot _dx;

    public override RowLayout Layout => new(1, 1, 1);

    public override bool IsRowwise => false;

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor x, Tensor y, double scale)
    {
        (_x, _scale) = (x, scale);
        return Apply(y, x);
    }

    public override void Forward(int start, int count) =>
        Device.Run(new Sum(_x.Values, Result.Values, Multiplier: _scale));

    public override void Backward(int start, int count)
    {
        Device.Run(new Spread(DY.Values, _scale, _dx.Values));
        _dx.Add(0, _x.Count);
    }

    protected override void BeginBackward() => _dx = GradientSlot.Written(_x);

    protected override void EndBackward() => _dx.Close();
}
