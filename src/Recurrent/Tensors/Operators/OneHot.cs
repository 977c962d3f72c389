using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>One-hot vectors on the default device: 1 at the index, 0 elsewhere. Not differentiable.</summary>
    /// <param name="indices">Indices, row-major, 0 ≤ index &lt; classes.</param>
    /// <param name="classes">Length of the new last axis.</param>
    /// <param name="shape">Shape of the indices, one or two axes; empty for one axis.</param>
    /// <returns>(…, classes).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    /// <exception cref="ArgumentException">The shape does not have as many elements as there are indices.</exception>
    public static Tensor OneHot(ReadOnlySpan<int> indices, int classes, params ReadOnlySpan<int> shape)
    {
        var full = new Shape([.. shape.IsEmpty ? [indices.Length] : shape, classes]);
        if (full.Count != (long)indices.Length * classes)
        {
            throw new ArgumentException(
                $"{indices.Length} indices of {classes} classes do not make the shape {full}.",
                nameof(shape)
            );
        }
        return OneHot(Indices.From(Device.Default, indices, indices.Length, 1), classes, full);
    }

    /// <summary>One-hot vectors: 1 at the index, 0 elsewhere. Not differentiable.</summary>
    /// <param name="indices">Indices (rows, columns), 0 ≤ index &lt; classes.</param>
    /// <param name="classes">Length of the new last axis.</param>
    /// <returns>(rows, columns, classes).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public static Tensor OneHot(Indices indices, int classes)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return OneHot(indices, classes, new Shape(indices.Rows, indices.Columns, classes));
    }

    private static Tensor OneHot(Indices indices, int classes, Shape shape)
    {
        indices.RequireBelow(classes, nameof(indices));
        var oneHot = Uninitialized(indices.Device, shape);
        oneHot.Device.Run(new OneHot(indices.Values, classes, oneHot.Values));
        return oneHot;
    }
}
