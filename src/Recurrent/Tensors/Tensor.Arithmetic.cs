namespace Recurrent.Tensors;

// Element by element, with broadcasting: shapes are aligned at the last axis, and an axis of length 1 is repeated.
public sealed partial class Tensor
{
    /// <summary>x + y, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator +(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var shape = Broadcasting.Shape(x.Shape, y.Shape);
        if (x.Shape != shape && y.Shape == shape)
        {
            (x, y) = (y, x);
        }
        var z = Result(shape, x, y);
        Tier.Add(Team, Broadcasting.Expand(x, shape), Broadcasting.RowOrExpand(y, shape), z.WritableSpan);
        return z.WithDerivative(
            static (z, dz) =>
            {
                z._operands[0].AddBroadcastGradient(dz, z.Shape);
                z._operands[1].AddBroadcastGradient(dz, z.Shape);
            }
        );
    }

    /// <summary>x − y, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator -(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var shape = Broadcasting.Shape(x.Shape, y.Shape);
        var z = Result(shape, x, y);
        Tier.Subtract(
            Team,
            Broadcasting.Expand(x, shape),
            Broadcasting.RowOrExpand(y, shape),
            z.WritableSpan
        );
        return z.WithDerivative(
            (_, dz) =>
            {
                x.AddBroadcastGradient(dz, shape);
                var dy = TensorPool.Rent(shape.Count);
                Tier.Affine(Team, dz.Values, -1f, 0f, dy.Values);
                y.AddBroadcastGradient(dy, shape);
                dy.Release();
            }
        );
    }

    /// <summary>x·y element by element, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes cannot be broadcast together.</exception>
    public static Tensor operator *(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var shape = Broadcasting.Shape(x.Shape, y.Shape);
        var z = Result(shape, x, y);
        Tier.Multiply(
            Team,
            Broadcasting.Expand(x, shape),
            Broadcasting.RowOrExpand(y, shape),
            z.WritableSpan
        );
        return z.WithDerivative(
            (_, dz) =>
            {
                AddProductGradient(x, dz, y, shape);
                AddProductGradient(y, dz, x, shape);
            }
        );
    }

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
        var y = Result(x.Shape, x);
        Tier.Affine(Team, x.Values, scale, shift, y.WritableSpan);
        return y.WithDerivative(
            (_, dy) =>
            {
                var dx = Reuse(dy);
                Tier.Affine(Team, dy.Values, scale, 0f, dx.Values);
                x.AddGradient(dx);
                dx.Release();
            }
        );
    }

    private static void AddProductGradient(Tensor operand, Storage gradient, Tensor other, Shape shape)
    {
        if (!operand.RequiresGradient)
        {
            return;
        }
        var product = TensorPool.Rent(shape.Count);
        Tier.Multiply(Team, gradient.Values, Broadcasting.RowOrExpand(other, shape), product.Values);
        operand.AddBroadcastGradient(product, shape);
        product.Release();
    }

    /// <summary>Adds a gradient of the broadcast shape: what was repeated is summed.</summary>
    private void AddBroadcastGradient(Storage gradient, Shape shape)
    {
        if (Shape == shape)
        {
            AddGradient(gradient);
        }
        else if (RequiresGradient)
        {
            var target = GradientTarget(out var add);
            if (Broadcasting.IsRow(Shape, shape))
            {
                Tier.SumRows(Team, gradient.Values, target, add);
            }
            else
            {
                Broadcasting.Reduce(gradient.Values, shape, target, Shape, add);
            }
        }
    }
}
