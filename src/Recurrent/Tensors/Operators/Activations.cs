using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>tanh x; dx = dy·(1 − y²).</summary>
    public static Tensor Tanh(Tensor x) => Activate<Tanh, TanhBackward>(x);

    /// <summary>1 / (1 + e⁻ˣ); dx = dy·y·(1 − y).</summary>
    public static Tensor Sigmoid(Tensor x) => Activate<Sigmoid, SigmoidBackward>(x);

    /// <summary>max(x, 0); dx = dy where x is positive, else 0.</summary>
    public static Tensor Relu(Tensor x) => Activate<Relu, ReluBackward>(x);

    private static Tensor Activate<TForward, TBackward>(Tensor x)
        where TForward : unmanaged, IUnaryMaths
        where TBackward : unmanaged, IBinaryMaths
    {
        ArgumentNullException.ThrowIfNull(x);
        return TensorPool.Rent<ActivationOperator<TForward, TBackward>>().Apply(x);
    }
}

/// <summary>y = f(x), whose derivative is a function of y.</summary>
internal sealed class ActivationOperator<TForward, TBackward> : ElementOperator
    where TForward : unmanaged, IUnaryMaths
    where TBackward : unmanaged, IBinaryMaths
{
    protected override void Forward(Operand<float> x, Operand<float> y, int first) =>
        Device.Run(new Unary<TForward>(x, y));

    protected override void Backward(Operand<float> y, Operand<float> dy, Operand<float> dx, int first) =>
        Device.Run(new Binary<TBackward>(y, dy, dx));
}
