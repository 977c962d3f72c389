using Recurrent.Kernels;
using Recurrent.Randomness;

namespace Recurrent.Tensors;

/// <summary>
/// A dense row-major array of float32 with one to three axes, on a device, that remembers how it was computed.
/// </summary>
/// <remarks>
/// Operators record themselves while <see cref="GradientMode.IsEnabled"/> and an operand
/// <see cref="RequiresGradient"/>; <see cref="Backward"/> then walks back from a loss, last operator first, and leaves
/// the derivatives in <see cref="Gradient"/> of the leaves. Each operator stands beside its derivative in a file of
/// Operators.
/// </remarks>
/// <example>
/// <code>
/// var x = Tensor.From([1, 2, 3], 3).RequireGradient();
/// (x * x).Sum().Backward();
/// Console.WriteLine(x.Gradient); // Tensor(3) [2, 4, 6]
/// </code>
/// </example>
public sealed partial class Tensor : IRecyclable
{
    private Storage _storage;
    private int _offset;

    private Tensor() => _storage = Storage.Returned;

    /// <summary>The length of each axis.</summary>
    public Shape Shape { get; private set; }

    /// <summary>The number of elements.</summary>
    public int Count => Shape.Count;

    /// <summary>The device that holds the values.</summary>
    public Device Device => _storage.Device;

    /// <summary>The values, for kernels.</summary>
    /// <exception cref="ObjectDisposedException">The tensor's <see cref="TensorPool"/> scope has closed.</exception>
    internal Operand<float> Values => _storage.Slice(_offset, Count);

    /// <summary>The memory, for a view of it.</summary>
    internal Storage Storage => _storage;

    /// <summary>The index of the first value in the memory.</summary>
    internal int Offset => _offset;

    /// <summary>
    /// The shards into which the rows of a batch are cut, of which this was computed; 1 too where it was of none.
    /// </summary>
    internal int Shards { get; set; } = 1;

    /// <summary>Counts the changes of the values, so that what is derived from them can tell.</summary>
    internal int Version => _storage.Version;

    /// <inheritdoc cref="Zeros(Device, ReadOnlySpan{int})"/>
    public static Tensor Zeros(params ReadOnlySpan<int> shape) => Zeros(Device.Default, shape);

    /// <summary>A tensor of zeros.</summary>
    /// <param name="device">The device; the default one if none is named.</param>
    /// <param name="shape">Length of each axis.</param>
    public static Tensor Zeros(Device device, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(device);
        var tensor = Uninitialized(device, new Shape(shape));
        device.Fill(tensor.Values, 0f);
        return tensor;
    }

    /// <inheritdoc cref="From(Device, ReadOnlySpan{float}, ReadOnlySpan{int})"/>
    /// <example>
    /// <code>
    /// var matrix = Tensor.From([1, 2, 3, 4, 5, 6], 2, 3); // two rows of three
    /// </code>
    /// </example>
    public static Tensor From(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) =>
        From(Device.Default, values, shape);

    /// <summary>A tensor that holds a copy of values.</summary>
    /// <param name="device">The device; the default one if none is named.</param>
    /// <param name="values">Row-major values; as many as the shape has elements.</param>
    /// <param name="shape">Length of each axis.</param>
    /// <exception cref="ArgumentException">The number of values is not the shape's.</exception>
    public static Tensor From(Device device, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(device);
        var tensor = Uninitialized(device, new Shape(shape));
        tensor.RequireCount(values.Length, nameof(values));
        device.Write(values, tensor.Values);
        return tensor;
    }

    /// <inheritdoc cref="Normal(Device, RandomStream, float, ReadOnlySpan{int})"/>
    /// <example>
    /// <code>
    /// var weights = Tensor.Normal(RandomStream.Parameters(seed: 1), 0.01f, 256, 28).RequireGradient();
    /// </code>
    /// </example>
    public static Tensor Normal(RandomStream random, float standardDeviation, params ReadOnlySpan<int> shape) =>
        Normal(Device.Default, random, standardDeviation, shape);

    /// <summary>A tensor of draws from N(0, σ²): element i is value i of the stream.</summary>
    /// <param name="device">The device; the default one if none is named.</param>
    /// <param name="random">The stream to draw from.</param>
    /// <param name="standardDeviation">σ.</param>
    /// <param name="shape">Length of each axis.</param>
    public static Tensor Normal(
        Device device,
        RandomStream random,
        float standardDeviation,
        params ReadOnlySpan<int> shape
    )
    {
        var values = new float[new Shape(shape).Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.Normal((ulong)i) * standardDeviation;
        }
        return From(device, values, shape);
    }

    /// <inheritdoc cref="Uniform(Device, RandomStream, float, ReadOnlySpan{int})"/>
    public static Tensor Uniform(RandomStream random, float bound, params ReadOnlySpan<int> shape) =>
        Uniform(Device.Default, random, bound, shape);

    /// <summary>A tensor of draws from U(−bound, bound): element i is value i of the stream.</summary>
    /// <param name="device">The device; the default one if none is named.</param>
    /// <param name="random">The stream to draw from.</param>
    /// <param name="bound">The bound.</param>
    /// <param name="shape">Length of each axis.</param>
    public static Tensor Uniform(Device device, RandomStream random, float bound, params ReadOnlySpan<int> shape)
    {
        var values = new float[new Shape(shape).Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)((2 * random.Uniform((ulong)i)) - 1) * bound;
        }
        return From(device, values, shape);
    }

    /// <summary>Reads the values back from the device, row-major, last axis fastest.</summary>
    /// <exception cref="ObjectDisposedException">The tensor's <see cref="TensorPool"/> scope has closed.</exception>
    public float[] ToArray()
    {
        var values = new float[Count];
        Device.Read(Values, values.AsSpan());
        return values;
    }

    /// <summary>Reads the values back from the device into memory of the caller's.</summary>
    /// <param name="destination">As many values as the tensor has, or more.</param>
    /// <exception cref="ArgumentException">There is not enough room.</exception>
    /// <exception cref="ObjectDisposedException">The tensor's <see cref="TensorPool"/> scope has closed.</exception>
    public void CopyTo(Span<float> destination)
    {
        if (destination.Length < Count)
        {
            throw new ArgumentException(
                $"Shape {Shape} has {Count} elements and there is room for {destination.Length}.",
                nameof(destination)
            );
        }
        Device.Read(Values, destination[..Count]);
    }

    /// <summary>Reads the only element back from the device.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    public float ToScalar()
    {
        if (Count != 1)
        {
            throw new InvalidOperationException($"Shape {Shape} has {Count} elements, not one; call ToArray().");
        }
        Span<float> value = stackalloc float[1];
        Device.Read(Values, value);
        return value[0];
    }

    /// <summary>
    /// Overwrites the values. The change is not recorded; make it between steps, as an optimiser does.
    /// </summary>
    /// <param name="values">Row-major values; as many as the tensor has.</param>
    /// <exception cref="ArgumentException">The number of values is not the tensor's.</exception>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    public void Write(ReadOnlySpan<float> values)
    {
        RequireCount(values.Length, nameof(values));
        Device.Finish();
        Device.Write(values, ChangedValues());
    }

    /// <summary>Overwrites the values with those of another tensor, which may be on another device.</summary>
    /// <param name="source">A tensor of the same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="InvalidOperationException">This tensor was computed by a recorded operator.</exception>
    public void CopyFrom(Tensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Shape != Shape)
        {
            throw new ArgumentException(
                $"Values of shape {source.Shape} do not fit into shape {Shape}; copy a tensor of the same shape.",
                nameof(source)
            );
        }
        if (source.Device == Device)
        {
            Device.Copy(source.Values, ChangedValues());
        }
        else
        {
            Write(source.ToArray());
        }
    }

    /// <summary>Takes another tensor's values, and gives it its own: their memory changes places.</summary>
    /// <param name="other">A tensor of the same shape and device, whose values no other tensor shows.</param>
    internal void Exchange(Tensor other)
    {
        (_storage, other._storage) = (other._storage, _storage);
        (_offset, other._offset) = (other._offset, _offset);
        (_packed, other._packed) = (other._packed, _packed);
    }

    /// <summary>This tensor where it is on a device already, otherwise a copy there.</summary>
    /// <remarks>The copy is not recorded and requires no gradient.</remarks>
    /// <param name="device">The device.</param>
    /// <exception cref="ObjectDisposedException">The tensor's <see cref="TensorPool"/> scope has closed.</exception>
    /// <example>
    /// <code>
    /// var x = Tensor.From([1, 2, 3], 3);
    /// var there = x.To(Device.TryGpu());
    /// Console.WriteLine((there + there).To(Device.Default)); // Tensor(3) [2, 4, 6]
    /// </code>
    /// </example>
    public Tensor To(Device device) => device == Device ? this : From(device, ToArray(), Shape.ToArray());

    /// <summary>The shape and up to eight values.</summary>
    public override string ToString()
    {
        const int shown = 8;
        var values = new float[Math.Min(shown, Count)];
        Device.Read(_storage.Slice(_offset, values.Length), values.AsSpan());
        return $"Tensor{Shape} [{string.Join(", ", values)}{(Count > shown ? ", …" : "")}]";
    }

    /// <inheritdoc/>
    void IRecyclable.Recycle()
    {
        (_storage, _gradient, _isByRows, _isSpent) = (Storage.Returned, null, false, false);
        (Operator, Leaf, _packed) = (null, null, null);
    }

    /// <summary>The values, for a kernel that changes them in place.</summary>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    internal Operand<float> ChangedValues()
    {
        if (Operator is not null)
        {
            throw new InvalidOperationException(
                "A computed tensor cannot be changed in place, because its derivative needs it; Detach() it first."
            );
        }
        _storage.MarkChanged();
        return Values;
    }

    /// <summary>A tensor whose values are still to be computed.</summary>
    internal static Tensor Uninitialized(Device device, Shape shape) =>
        View(TensorPool.Rent(device, shape.Count), 0, shape);

    /// <summary>A tensor over memory that is there already.</summary>
    internal static Tensor View(Storage storage, int offset, Shape shape)
    {
        var tensor = TensorPool.Rent(static () => new Tensor());
        (tensor._storage, tensor._offset, tensor.Shape, tensor.Shards) = (storage, offset, shape, 1);
        return tensor;
    }

    /// <summary>A tensor that outlives every scope.</summary>
    internal static Tensor Kept(Storage storage, Shape shape) => new() { _storage = storage, Shape = shape };

    /// <summary>Takes more or fewer rows of the memory for this matrix.</summary>
    internal void ShowRows(int rows) => Shape = Shape.With(0, rows);

    private void RequireCount(int count, string name)
    {
        if (count != Count)
        {
            throw new ArgumentException($"Shape {Shape} has {Count} elements and {count} values were given.", name);
        }
    }
}
