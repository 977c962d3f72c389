namespace Recurrent.Tensors;

// Non-linear functions of each element.
public sealed partial class Tensor
{
    private delegate void Kernel(ReadOnlySpan<float> x, Span<float> y);

    private delegate void BackwardKernel(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx);

    /// <summary>tanh x; dx = dy·(1 − y²).</summary>
    public static Tensor Tanh(Tensor x) =>
        Activate(
            x,
            static (x, y) => Tier.Tanh(Team, x, y),
            static (y, dy, dx) => Tier.TanhBackward(Team, y, dy, dx)
        );

    /// <summary>σ(x) = 1 / (1 + e⁻ˣ); dx = dy·y·(1 − y).</summary>
    public static Tensor Sigmoid(Tensor x) =>
        Activate(
            x,
            static (x, y) => Tier.Sigmoid(Team, x, y),
            static (y, dy, dx) => Tier.SigmoidBackward(Team, y, dy, dx)
        );

    /// <summary>max(x, 0); dx = dy where x is positive, else 0.</summary>
    public static Tensor Relu(Tensor x) =>
        Activate(
            x,
            static (x, y) => Tier.Relu(Team, x, y),
            static (y, dy, dx) => Tier.ReluBackward(Team, y, dy, dx)
        );

    private static Tensor Activate(Tensor x, Kernel forward, BackwardKernel backward)
    {
        ArgumentNullException.ThrowIfNull(x);
        var y = Result(x.Shape, x);
        forward(x.Values, y.WritableSpan);
        return y.WithDerivative(
            (_, dy) =>
            {
                var dx = Reuse(dy);
                backward(y.Values, dy.Values, dx.Values);
                x.AddGradient(dx);
                dx.Release();
            }
        );
    }
}
