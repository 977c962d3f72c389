using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>tanh x; dx = dy·(1 − y²).</summary>
    public static Tensor Tanh(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return TensorPool.Rent<TanhOperator>().Apply(x);
    }
}

/// <summary>The operator of <see cref="Tensor.Tanh"/>.</summary>
internal sealed class TanhOperator : ElementOperator
{
    protected override void Forward(Operand<float> x, Operand<float> y, int first) => Device.Run(new Unary<Tanh>(x, y));

    protected override void Backward(Operand<float> y, Operand<float> dy, Operand<float> dx, int first) =>
        Device.Run(new Binary<TanhBackward>(y, dy, dx));
}
