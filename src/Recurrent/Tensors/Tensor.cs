using Recurrent.Kernels;
using Recurrent.Randomness;

namespace Recurrent.Tensors;

/// <summary>
/// A dense row-major array of float32 with one to three axes that remembers how it was computed.
/// </summary>
/// <remarks>
/// Operators record themselves while <see cref="GradientMode.IsEnabled"/> and an operand
/// <see cref="RequiresGradient"/>; <see cref="Backward"/> then walks back from a loss, last operator first, and leaves
/// the derivatives in <see cref="Gradient"/> of the leaves. Each operator stands beside its derivative in the files
/// Tensor.*.cs.
/// </remarks>
public sealed partial class Tensor
{
    private Storage _storage;
    private int _offset;

    /// <summary>A tensor of no use yet; see <see cref="View"/>.</summary>
    internal Tensor() => _storage = Storage.Returned;

    /// <summary>The length of each axis.</summary>
    public Shape Shape { get; private set; }

    /// <summary>Number of elements.</summary>
    public int Count => Shape.Count;

    /// <summary>The values, row-major, last axis fastest.</summary>
    /// <exception cref="ObjectDisposedException">The tensor's <see cref="TensorPool"/> scope has closed.</exception>
    public ReadOnlySpan<float> Values => WritableSpan;

    /// <summary>Counts the changes of the values, so that what is derived from them can tell.</summary>
    internal int Version => _storage.Version;

    private Span<float> WritableSpan => _storage.Values.Slice(_offset, Count);

    private static KernelTier Tier => Compute.Current.Tier;

    private static Kernels.Threading.WorkerTeam Team => Compute.Current.Team;

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(params ReadOnlySpan<int> shape)
    {
        var tensor = Uninitialized(new Shape(shape));
        tensor.WritableSpan.Clear();
        return tensor;
    }

    /// <summary>A tensor that holds a copy of <paramref name="values"/>.</summary>
    /// <param name="values">Row-major values; as many as the shape has elements.</param>
    /// <param name="shape">Length of each axis.</param>
    /// <exception cref="ArgumentException">The number of values is not the shape's.</exception>
    public static Tensor From(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        var tensor = Uninitialized(new Shape(shape));
        if (values.Length != tensor.Count)
        {
            throw new ArgumentException(
                $"Shape {tensor.Shape} has {tensor.Count} elements and {values.Length} values were given.",
                nameof(values)
            );
        }
        values.CopyTo(tensor.WritableSpan);
        return tensor;
    }

    /// <summary>A tensor of draws from N(0, σ²): element i is value i of the stream.</summary>
    /// <param name="random">The stream to draw from.</param>
    /// <param name="standardDeviation">σ.</param>
    /// <param name="shape">Length of each axis.</param>
    public static Tensor Normal(RandomStream random, float standardDeviation, params ReadOnlySpan<int> shape)
    {
        var tensor = Uninitialized(new Shape(shape));
        var values = tensor.WritableSpan;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.Normal((ulong)i) * standardDeviation;
        }
        return tensor;
    }

    /// <summary>A tensor of draws from U(−bound, bound): element i is value i of the stream.</summary>
    /// <param name="random">The stream to draw from.</param>
    /// <param name="bound">The bound.</param>
    /// <param name="shape">Length of each axis.</param>
    public static Tensor Uniform(RandomStream random, float bound, params ReadOnlySpan<int> shape)
    {
        var tensor = Uninitialized(new Shape(shape));
        var values = tensor.WritableSpan;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)((2 * random.Uniform((ulong)i)) - 1) * bound;
        }
        return tensor;
    }

    /// <summary>The only element.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    public float ToScalar() =>
        Count == 1
            ? Values[0]
            : throw new InvalidOperationException(
                $"Shape {Shape} has {Count} elements, not one; read Values."
            );

    /// <summary>
    /// The values, to be changed in place. The change is not recorded; make it between steps, as an optimiser does.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor was computed by a recorded operator.</exception>
    public Span<float> Edit()
    {
        if (IsRecorded)
        {
            throw new InvalidOperationException(
                "A computed tensor cannot be changed in place, for its derivative needs it; Detach() it first."
            );
        }
        _storage.MarkChanged();
        return WritableSpan;
    }

    /// <summary>The shape and up to eight values.</summary>
    public override string ToString()
    {
        const int shown = 8;
        var values = string.Join(", ", Values[..Math.Min(shown, Count)].ToArray());
        return $"Tensor{Shape} [{values}{(Count > shown ? ", …" : "")}]";
    }

    private static Tensor Uninitialized(Shape shape) => View(TensorPool.Rent(shape.Count), 0, shape);

    /// <summary>A leaf over memory that is there already.</summary>
    private static Tensor View(Storage storage, int offset, Shape shape)
    {
        var tensor = TensorPool.RentTensor();
        (tensor._storage, tensor._offset, tensor.Shape) = (storage, offset, shape);
        return tensor;
    }
}
