using Recurrent.Randomness;

namespace Recurrent.Batching;

/// <summary>The numbers of windows in random order.</summary>
/// <remarks>
/// Up to about a million they are shuffled in an array. For more windows, each place's number is computed when it is
/// asked for, so that the order of a gigabyte's takes no memory: a Feistel network of four rounds, with random bits
/// as its round function, permutes the integers of an even number of bits, and is applied again to a number that is
/// too large until it is not (cycle walking; Black and Rogaway, 2002, "Ciphers with arbitrary finite domains").
/// </remarks>
internal sealed class WindowOrder
{
    private const int MostInArray = 1 << 20;
    private const int Rounds = 4;

    private readonly int[]? _shuffled; // (count)
    private readonly RandomStream _random;
    private readonly int _halfBits;

    /// <summary>Decides the order.</summary>
    /// <param name="count">The number of windows.</param>
    /// <param name="random">What decides it.</param>
    public WindowOrder(long count, RandomStream random)
    {
        (Count, _random) = (count, random);
        _shuffled = count <= MostInArray ? random.Permutation((int)count) : null;
        while (1L << (2 * _halfBits) < count) // up to 2⁶²
        {
            _halfBits++;
        }
    }

    /// <summary>The number of windows.</summary>
    public long Count { get; }

    /// <summary>The window at a place from 0 to <see cref="Count"/> - 1.</summary>
    public long this[long place]
    {
        get
        {
            if (_shuffled is not null)
            {
                return _shuffled[place];
            }
            var number = (ulong)place;
            do
            {
                number = Permute(number);
            } while (number >= (ulong)Count);
            return (long)number;
        }
    }

    private ulong Permute(ulong number)
    {
        var mask = (1UL << _halfBits) - 1;
        var (left, right) = (number >> _halfBits, number & mask);
        for (var round = 0UL; round < Rounds; round++)
        {
            var bits = _random.UInt32((round << 32) | right);
            (left, right) = (right, left ^ (bits & mask));
        }
        return (left << _halfBits) | right;
    }
}
