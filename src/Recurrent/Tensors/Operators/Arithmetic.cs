using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>x + y, broadcast: shapes are aligned at the last axis, and an axis of length 1 is repeated.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator +(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        // A row is repeated cheaply only as the second operand.
        var isRepeated = x.Shape != y.Shape && Broadcasting.Shape(x.Shape, y.Shape) == y.Shape;
        return isRepeated ? Broadcast<AddOperator>(y, x) : Broadcast<AddOperator>(x, y);
    }

    /// <summary>x − y, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator -(Tensor x, Tensor y) => Broadcast<SubtractOperator>(x, y);

    /// <summary>x·y element by element, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator *(Tensor x, Tensor y) => Broadcast<MultiplyOperator>(x, y);

    /// <summary>x / y element by element, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator /(Tensor x, Tensor y) => Broadcast<DivideOperator>(x, y);

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

    private static Tensor Broadcast<TOperator>(Tensor x, Tensor y)
        where TOperator : BroadcastOperator, new()
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return TensorPool.Rent<TOperator>().Apply(x, y, Broadcasting.Shape(x.Shape, y.Shape));
    }

    private static Tensor Affine(Tensor x, float scale, float shift)
    {
        ArgumentNullException.ThrowIfNull(x);
        var operation = TensorPool.Rent<AffineOperator>();
        (operation.Scale, operation.Shift) = (scale, shift);
        return operation.Apply(x);
    }
}

/// <summary>z = x + y; dx = dy = dz.</summary>
internal sealed class AddOperator : BroadcastOperator
{
    protected override bool PassesOn(bool isX) => true;

    protected override void Forward(Operand<float> x, Operand<float> y, Operand<float> z) =>
        Device.Run(new Binary<Add>(x, y, z));
}

/// <summary>z = x − y; dx = dz, dy = −dz.</summary>
internal sealed class SubtractOperator : BroadcastOperator
{
    protected override bool PassesOn(bool isX) => isX;

    protected override void Forward(Operand<float> x, Operand<float> y, Operand<float> z) =>
        Device.Run(new Binary<Subtract>(x, y, z));

    protected override void BackwardY(Operand<float> dz, Operand<float> x, Operand<float> y, Operand<float> dy) =>
        Device.Run(new Unary<Affine>(dz, dy, new(-1f)));
}

/// <summary>z = x·y; dx = dz·y, dy = dz·x.</summary>
internal sealed class MultiplyOperator : BroadcastOperator
{
    protected override void Forward(Operand<float> x, Operand<float> y, Operand<float> z) =>
        Device.Run(new Binary<Multiply>(x, y, z));

    protected override void BackwardX(Operand<float> dz, Operand<float> y, Operand<float> dx) => Forward(dz, y, dx);

    protected override void BackwardY(Operand<float> dz, Operand<float> x, Operand<float> y, Operand<float> dy) =>
        Forward(dz, x, dy);
}

/// <summary>z = x / y; dx = dz / y, dy = −dz·x / y / y.</summary>
internal sealed class DivideOperator : BroadcastOperator
{
    protected override void Forward(Operand<float> x, Operand<float> y, Operand<float> z) =>
        Device.Run(new Binary<Divide>(x, y, z));

    protected override void BackwardX(Operand<float> dz, Operand<float> y, Operand<float> dx) => Forward(dz, y, dx);

    protected override void BackwardY(Operand<float> dz, Operand<float> x, Operand<float> y, Operand<float> dy)
    {
        Device.Run(new Binary<Multiply>(dz, x, dy));
        Forward(dy, y, dy);
        Forward(dy, y, dy);
        Device.Run(new Unary<Affine>(dy, dy, new(-1f)));
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
