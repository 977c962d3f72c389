using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.PyTorch;

/// <summary>Values of one type, one after another, that tensors are views of.</summary>
/// <param name="Key">Its name in the archive.</param>
/// <param name="Type">The type of its values.</param>
/// <param name="Count">The number of its values.</param>
internal sealed record Storage(string Key, TensorType Type, long Count);

/// <summary>A tensor of a file of torch.save: a part of a storage.</summary>
internal sealed class View
{
    private readonly long[] _strides; // values from one index of an axis to the next

    private View(Storage storage, long offset, long[] shape, long[] strides, long count, long extent) =>
        (Storage, Offset, Shape, _strides, Count, Extent) = (storage, offset, shape, strides, count, extent);

    /// <summary>The storage.</summary>
    public Storage Storage { get; }

    /// <summary>The place of its first value in the storage.</summary>
    public long Offset { get; }

    /// <summary>The length of each axis (axes).</summary>
    public long[] Shape { get; }

    /// <summary>The number of its values.</summary>
    public long Count { get; }

    /// <summary>The values from its first to its last in the storage.</summary>
    public long Extent { get; }

    /// <summary>Whether its values follow each other in the storage as they do in the tensor.</summary>
    public bool IsContiguous
    {
        get
        {
            var step = 1L;
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && _strides[axis] != step)
                {
                    return Count == 0;
                }
                step *= Shape[axis];
            }
            return true;
        }
    }

    /// <summary>The view that torch._utils._rebuild_tensor_v2 would make; null if there is none.</summary>
    /// <param name="arguments">Storage, offset, shape, strides and what has no effect on the values.</param>
    public static View? Of(object?[] arguments)
    {
        if (
            arguments is not [Storage storage, long and >= 0 and var offset, object?[] sizes, object?[] steps, ..]
            || sizes.Length != steps.Length
            || sizes.Length > TensorEntry.MaxAxes
            || !sizes.All(size => size is long and >= 0 and <= int.MaxValue)
            || !steps.All(step => step is long and >= 0)
        )
        {
            return null;
        }
        var (shape, strides) = (sizes.Cast<long>().ToArray(), steps.Cast<long>().ToArray());
        // Four lengths below 2^31 stay below 2^124.
        var count = shape.Aggregate((Int128)1, (product, length) => product * length);
        var extent = count == 0 ? 0 : shape.Zip(strides).Aggregate((Int128)1, (sum, axis) => sum + Reach(axis));
        return count <= storage.Count && offset + extent <= storage.Count
            ? new(storage, offset, shape, strides, (long)count, (long)extent)
            : null;
    }

    /// <summary>Copies its values in their order.</summary>
    /// <param name="part">The storage's values from its first to its last (extent).</param>
    /// <param name="values">The destination (count).</param>
    public void Gather(ReadOnlySpan<float> part, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var (rest, place) = ((long)i, 0L);
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                place += rest % Shape[axis] * _strides[axis];
                rest /= Shape[axis];
            }
            values[i] = part[(int)place];
        }
    }

    private static Int128 Reach((long Length, long Stride) axis) => (Int128)(axis.Length - 1) * axis.Stride;
}
