namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>The same values in another shape; shares the memory.</summary>
    /// <param name="shape">Length of each axis; one may be −1 and is worked out from the others.</param>
    /// <exception cref="ArgumentException">The shape does not have as many elements.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        Span<int> lengths = stackalloc int[shape.Length];
        shape.CopyTo(lengths);
        var open = lengths.IndexOf(-1);
        if (open >= 0)
        {
            lengths[open] = 1;
            var rest = new Shape(lengths).Count;
            lengths[open] = rest == 0 ? 0 : Count / rest;
        }
        var target = new Shape(lengths);
        if (target.Count != Count)
        {
            throw new ArgumentException(
                $"Shape {Shape} has {Count} elements and {target} has {target.Count}.",
                nameof(shape)
            );
        }
        return TensorPool.Rent<ReshapeOperator>().Apply(this, target);
    }
}

/// <summary>The operator of <see cref="Tensor.Reshape"/>, which moves nothing: dx is dy.</summary>
internal sealed class ReshapeOperator : Operator
{
    private Tensor _x = null!;
    private GradientSlot _dx;

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor x, Shape shape)
    {
        _x = x;
        return Apply(Tensor.View(x.Storage, x.Offset, shape), x);
    }

    public override RowLayout Layout => _x.Shape.RowLayout;

    public override bool IsView => true;

    public override void Backward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            _dx.Add(first, length);
        }
    }

    protected override void BeginBackward() => _dx = GradientSlot.Same(_x, DY);

    protected override void EndBackward() => _dx.Close();
}
