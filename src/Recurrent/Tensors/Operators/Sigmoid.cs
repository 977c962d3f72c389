using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>σ(x) = 1 / (1 + e⁻ˣ); dx = dy·y·(1 − y).</summary>
    public static Tensor Sigmoid(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return TensorPool.Rent<SigmoidOperator>().Apply(x);
    }
}

/// <summary>The operator of <see cref="Tensor.Sigmoid"/>.</summary>
internal sealed class SigmoidOperator : ElementOperator
{
    protected override void Forward(Operand<float> x, Operand<float> y, int first) =>
        Device.Run(new Unary<Sigmoid>(x, y));

    protected override void Backward(Operand<float> y, Operand<float> dy, Operand<float> dx, int first) =>
        Device.Run(new Binary<SigmoidBackward>(y, dy, dx));
}
