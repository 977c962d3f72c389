using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Updates;

namespace Recurrent.Tensors;

// Changes in place, for optimisers. They are not recorded; make them between steps.
public sealed partial class Tensor
{
    /// <summary>x ← x + scale·y, rounded once.</summary>
    /// <param name="y">The same shape.</param>
    /// <param name="scale">The factor of y.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    public void AddInPlace(Tensor y, float scale = 1f)
    {
        var x = ChangedValues();
        Device.Run(new Binary<AddScaled>(x, OfSameShape(y), x, new(scale)));
    }

    /// <summary>x ← x·y, element by element.</summary>
    /// <param name="y">The same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    public void MultiplyInPlace(Tensor y)
    {
        var x = ChangedValues();
        Device.Run(new Binary<Multiply>(x, OfSameShape(y), x));
    }

    /// <summary>x ← x / y, element by element.</summary>
    /// <param name="y">The same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    public void DivideInPlace(Tensor y)
    {
        var x = ChangedValues();
        Device.Run(new Binary<Divide>(x, OfSameShape(y), x));
    }

    /// <summary>x ← x·scale + shift, rounded once.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="shift">The summand.</param>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    public void ScaleInPlace(float scale, float shift = 0f)
    {
        var x = ChangedValues();
        Device.Run(new Unary<Affine>(x, x, new(scale, shift)));
    }

    /// <summary>x ← √x.</summary>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    public void SquareRootInPlace()
    {
        var x = ChangedValues();
        Device.Run(new Unary<SquareRoot>(x, x));
    }

    /// <summary>Brings each value between −bound and bound; NaN stays NaN.</summary>
    /// <param name="bound">The largest magnitude.</param>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    public void ClampInPlace(float bound)
    {
        var x = ChangedValues();
        Device.Run(new Unary<Clamp>(x, x, new(bound)));
    }

    /// <summary>g ← g + λ·w; m ← μ·m + g; w ← w − η·m, where w is this tensor.</summary>
    internal void UpdateByMomentum(Tensor gradient, Tensor moments, float rate, float momentum, float decay) =>
        Device.Run(
            new MomentumUpdate
            {
                Weights = ChangedValues(),
                Gradient = gradient.Values,
                Moments = moments.ChangedValues(),
                Rate = rate,
                Momentum = momentum,
                Decay = decay,
            }
        );

    /// <summary>g ← g + λ·w; v ← α·v + (1 − α)·g²; w ← w − η·g / (√v + ε), where w is this tensor.</summary>
    internal void UpdateByRmsProp(
        Tensor gradient,
        Tensor squares,
        float rate,
        (float Keep, float Take) smoothing,
        float epsilon,
        float decay
    ) =>
        Device.Run(
            new RmsPropUpdate
            {
                Weights = ChangedValues(),
                Gradient = gradient.Values,
                Squares = squares.ChangedValues(),
                Rate = rate,
                Keep = smoothing.Keep,
                Take = smoothing.Take,
                Epsilon = epsilon,
                Decay = decay,
            }
        );

    /// <summary>
    /// g ← g + λ·w; m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← κ·w − η·m / (σ·√v + ε), where w is this tensor.
    /// </summary>
    internal void UpdateByAdam(
        Tensor gradient,
        (Tensor Values, float Keep, float Take) moments,
        (Tensor Values, float Keep, float Take) squares,
        float rate,
        float rootScale,
        float epsilon,
        float decay,
        float shrink
    ) =>
        Device.Run(
            new AdamUpdate
            {
                Weights = ChangedValues(),
                Gradient = gradient.Values,
                Moments = moments.Values.ChangedValues(),
                Squares = squares.Values.ChangedValues(),
                Factors = new AdamFactors
                {
                    Rate = rate,
                    KeepFirst = moments.Keep,
                    TakeFirst = moments.Take,
                    KeepSecond = squares.Keep,
                    TakeSecond = squares.Take,
                    RootScale = rootScale,
                    Epsilon = epsilon,
                    Decay = decay,
                    Shrink = shrink,
                },
            }
        );

    private Operand<float> OfSameShape(Tensor y)
    {
        ArgumentNullException.ThrowIfNull(y);
        return y.Shape == Shape
            ? y.Values
            : throw new ArgumentException(
                $"Values of shape {y.Shape} do not fit shape {Shape}; give a tensor of the same shape.",
                nameof(y)
            );
    }
}
