using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>x + y, broadcast: shapes are aligned at the last axis, and an axis of length 1 is repeated.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator +(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var shape = Broadcasting.Shape(x.Shape, y.Shape);
        if (x.Shape != shape && y.Shape == shape)
        {
            (x, y) = (y, x);
        }
        return TensorPool.Rent<AddOperator>().Apply(x, y, shape);
    }
}

/// <summary>z = x + y; dx = dy = dz.</summary>
internal sealed class AddOperator : BroadcastOperator
{
    protected override void Forward(Operand<float> x, Operand<float> y, Operand<float> z) =>
        Device.Run(new Binary<Add>(x, y, z));

    protected override bool PassesOn(bool isX) => true;

    protected override void BackwardX(Operand<float> dz, Operand<float> y, Operand<float> dx) { }

    protected override void BackwardY(Operand<float> dz, Operand<float> x, Operand<float> y, Operand<float> dy) { }
}
