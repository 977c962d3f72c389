using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Randomness;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// x / (1 − p), or 0 with probability p, element by element; dx = dy / (1 − p) where x was kept, else 0. The same
    /// stream drops the same elements.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="probability">p, 0 or more and below 1.</param>
    /// <param name="random">What decides; element i takes 32 of its bits, four elements to an index.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public static Tensor Dropout(Tensor x, double probability, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (!(probability is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(probability),
                probability,
                "The probability to drop an element must be 0 or more and below 1."
            );
        }
        return Dropout(x, probability, (DropoutStreams)random);
    }

    /// <inheritdoc cref="Dropout(Tensor, double, RandomStream)"/>
    /// <param name="x">Any shape.</param>
    /// <param name="probability">p, 0 or more and below 1.</param>
    /// <param name="random">What decides: where x has shards, a stream of each, whose elements alone it counts.</param>
    internal static Tensor Dropout(Tensor x, double probability, DropoutStreams random)
    {
        var operation = TensorPool.Rent<DropoutOperator>();
        (operation.Probability, operation.Random) = (probability, random);
        return operation.Apply(x);
    }
}

/// <summary>The operator that drops values; the way back drops by the same mask.</summary>
internal sealed class DropoutOperator : ElementOperator
{
    /// <summary>The probability to drop an element.</summary>
    public double Probability { get; set; }

    /// <summary>The tensor of draws that decides.</summary>
    public DropoutStreams Random { get; set; }

    protected override void Forward(Operand<float> x, Operand<float> y, int first) => Drop(x, y, first);

    protected override void Backward(Operand<float> y, Operand<float> dy, Operand<float> dx, int first) =>
        Drop(dy, dx, first);

    private void Drop(Operand<float> x, Operand<float> y, int first)
    {
        if (Shards == 1)
        {
            Drop(x, y, first, Random.Of(0));
            return;
        }
        var step = Layout.Step / Shards; // values of a shard in a time step
        for (var done = 0; done < y.Length; )
        {
            var (run, place) = Math.DivRem(first + done, step); // runs are (T, shards)
            var (t, shard) = Math.DivRem(run, Shards);
            var length = Math.Min(step - place, y.Length - done);
            Drop(x.Slice(done, length), y.Slice(done, length), (t * step) + place, Random.Of(shard));
            done += length;
        }
    }

    private void Drop(Operand<float> x, Operand<float> y, int first, RandomStream stream) =>
        Device.Run(
            new Dropout
            {
                X = x,
                Y = y,
                First = first,
                Seed = unchecked((ulong)stream.Seed),
                Stream = stream.Stream,
                Probability = Probability,
            }
        );
}

/// <summary>A stream of each shard, or a single one, of which forks are taken for all alike.</summary>
internal readonly record struct DropoutStreams
{
    private readonly RandomStream _root;
    private readonly ulong? _firstShard; // null for a single stream, which the root is
    private readonly ulong _place; // of the first fork
    private readonly ulong _nextPlace; // of the second
    private readonly int _forks;

    /// <summary>Forks of a stream by the shards' numbers.</summary>
    /// <param name="root">The stream.</param>
    /// <param name="firstShard">The number of the first shard.</param>
    public DropoutStreams(RandomStream root, int firstShard) => (_root, _firstShard) = (root, (ulong)firstShard);

    private DropoutStreams(RandomStream stream) => _root = stream;

    /// <summary>A single stream.</summary>
    public static implicit operator DropoutStreams(RandomStream stream) => new(stream);

    /// <summary>A fork of each stream.</summary>
    public DropoutStreams Fork(ulong place) =>
        _firstShard is null
            ? new(_root.Fork(place))
            : _forks switch
            {
                0 => new(this, place, 0, 1),
                1 => new(this, _place, place, 2),
                _ => throw new NotSupportedException("A shard's stream is forked twice at most."),
            };

    private DropoutStreams(in DropoutStreams from, ulong place, ulong nextPlace, int forks) =>
        (_root, _firstShard, _place, _nextPlace, _forks) = (from._root, from._firstShard, place, nextPlace, forks);

    /// <summary>The stream of a shard.</summary>
    /// <param name="shard">Its place among those here.</param>
    public RandomStream Of(int shard)
    {
        if (_firstShard is not { } first)
        {
            return _root;
        }
        var stream = _root.Fork(first + (ulong)shard);
        stream = _forks > 0 ? stream.Fork(_place) : stream;
        return _forks > 1 ? stream.Fork(_nextPlace) : stream;
    }
}
