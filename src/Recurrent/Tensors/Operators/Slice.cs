using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// Entry <paramref name="index"/> of the outermost axis, which is dropped: step t of (steps, batch, n).
    /// </summary>
    /// <param name="index">0 ≤ index &lt; length of axis 0.</param>
    /// <returns>A view that shares the memory; a tensor of one axis gives shape (1).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public Tensor this[int index] => Slice(index, 1, Shape.Rank == 1 ? Shape.With(0, 1) : Shape.Inner);

    /// <summary>Entries [start, start + length) of the outermost axis.</summary>
    /// <param name="start">First entry.</param>
    /// <param name="length">Number of entries.</param>
    /// <returns>A view that shares the memory.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the axis.</exception>
    public Tensor Slice(int start, int length) => Slice(start, length, shape: null);

    private Tensor Slice(int start, int length, Shape? shape)
    {
        if (start < 0 || length < 0 || start > Shape[0] - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start),
                start,
                $"Entries {start} to {start + length} are not within axis 0 of shape {Shape}."
            );
        }
        var offset = start * Shape.Around(0).Inner;
        return TensorPool.Rent<SliceOperator>().Apply(this, offset, shape ?? Shape.With(0, length));
    }
}

/// <summary>The operator of <see cref="Tensor.Slice(int, int)"/>, which moves nothing on the way there.</summary>
internal sealed class SliceOperator : Operator
{
    private Tensor _x = null!;
    private int _offset; // in x
    private GradientSlot _dx;

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor x, int offset, Shape shape)
    {
        (_x, _offset) = (x, offset);
        return Apply(Tensor.View(x.Storage, x.Offset + offset, shape), x);
    }

    // Steps of time-major values have all rows; of a matrix, rows would be others than the whole's.
    public override bool IsRowwise => _x.Shape.Rank == 3;

    public override bool IsView => true;

    public override void Backward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            var part = _dx.Slice(_offset + first, length);
            Device.Run(new Binary<Add>(part, DY.Slice(first, length), part));
        }
    }

    protected override void BeginBackward() => _dx = GradientSlot.Zeroed(_x);
}
