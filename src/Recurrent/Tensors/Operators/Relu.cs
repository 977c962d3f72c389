using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>max(x, 0); dx = dy where x is positive, else 0.</summary>
    public static Tensor Relu(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return TensorPool.Rent<ReluOperator>().Apply(x);
    }
}

/// <summary>The operator of <see cref="Tensor.Relu"/>.</summary>
internal sealed class ReluOperator : ElementOperator
{
    protected override void Forward(Operand<float> x, Operand<float> y, int first) => Device.Run(new Unary<Relu>(x, y));

    protected override void Backward(Operand<float> y, Operand<float> dy, Operand<float> dx, int first) =>
        Device.Run(new Binary<ReluBackward>(y, dy, dx));
}
