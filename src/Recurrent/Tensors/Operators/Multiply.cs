using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>x·y element by element, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator *(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return TensorPool.Rent<MultiplyOperator>().Apply(x, y, Broadcasting.Shape(x.Shape, y.Shape));
    }
}

/// <summary>z = x·y; dx = dz·y, dy = dz·x.</summary>
internal sealed class MultiplyOperator : BroadcastOperator
{
    protected override void Forward(Operand<float> x, Operand<float> y, Operand<float> z) => Multiply(x, y, z);

    protected override bool PassesOn(bool isX) => false;

    protected override void BackwardX(Operand<float> dz, Operand<float> y, Operand<float> dx) => Multiply(dz, y, dx);

    protected override void BackwardY(Operand<float> dz, Operand<float> x, Operand<float> y, Operand<float> dy) =>
        Multiply(dz, x, dy);

    private void Multiply(Operand<float> x, Operand<float> y, Operand<float> z) =>
        Device.Run(new Binary<Multiply>(x, y, z));
}
