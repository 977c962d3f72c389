using System.Runtime.InteropServices;

namespace Recurrent.Kernels;

/// <summary>The factors of one step of Adam.</summary>
/// <param name="Rate">η / (1 − β₁ᵗ).</param>
/// <param name="KeepFirst">β₁.</param>
/// <param name="TakeFirst">1 − β₁.</param>
/// <param name="KeepSecond">β₂.</param>
/// <param name="TakeSecond">1 − β₂.</param>
/// <param name="RootScale">1 / √(1 − β₂ᵗ).</param>
/// <param name="Epsilon">ε.</param>
/// <param name="Decay">λ of the weight decay that is added to the gradient; 0 for none.</param>
/// <param name="Shrink">Factor of the weights themselves, 1 − ηλ; 1 for none.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AdamStep(
    float Rate,
    float KeepFirst,
    float TakeFirst,
    float KeepSecond,
    float TakeSecond,
    float RootScale,
    float Epsilon,
    float Decay,
    float Shrink
);
