using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>x + shift.</summary>
    public static Tensor operator +(Tensor x, float shift) => Affine(x, 1f, shift);

    /// <summary>x − shift.</summary>
    public static Tensor operator -(Tensor x, float shift) => Affine(x, 1f, -shift);

    /// <summary>shift − x.</summary>
    public static Tensor operator -(float shift, Tensor x) => Affine(x, -1f, shift);

    /// <summary>x·scale.</summary>
    public static Tensor operator *(Tensor x, float scale) => Affine(x, scale, 0f);

    /// <summary>−x.</summary>
    public static Tensor operator -(Tensor x) => Affine(x, -1f, 0f);

    private static Tensor Affine(Tensor x, float scale, float shift)
    {
        ArgumentNullException.ThrowIfNull(x);
        var operation = TensorPool.Rent<AffineOperator>();
        (operation.Scale, operation.Shift) = (scale, shift);
        return operation.Apply(x);
    }
}

/// <summary>y = scale·x + shift; dx = scale·dy.</summary>
internal sealed class AffineOperator : ElementOperator
{
    /// <summary>The factor.</summary>
    public float Scale { get; set; }

    /// <summary>The summand.</summary>
    public float Shift { get; set; }

    protected override void Forward(Operand<float> x, Operand<float> y, int first) =>
        Device.Run(new Unary<Affine>(x, y, new(Scale, Shift)));

    protected override void Backward(Operand<float> y, Operand<float> dy, Operand<float> dx, int first) =>
        Device.Run(new Unary<Affine>(dy, dx, new(Scale)));
}
