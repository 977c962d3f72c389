using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>x − y, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator -(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return TensorPool.Rent<SubtractOperator>().Apply(x, y, Broadcasting.Shape(x.Shape, y.Shape));
    }
}

/// <summary>z = x − y; dx = dz, dy = −dz.</summary>
internal sealed class SubtractOperator : BroadcastOperator
{
    protected override void Forward(Operand<float> x, Operand<float> y, Operand<float> z) =>
        Device.Run(new Binary<Subtract>(x, y, z));

    protected override bool PassesOn(bool isX) => isX;

    protected override void BackwardX(Operand<float> dz, Operand<float> y, Operand<float> dx) { }

    protected override void BackwardY(Operand<float> dz, Operand<float> x, Operand<float> y, Operand<float> dy) =>
        Device.Run(new Unary<Affine>(dz, dy, new(-1f)));
}
