using Recurrent.Kernels;
using Recurrent.Randomness;

namespace Recurrent.Benchmarks;

/// <summary>Operands of the benchmarks.</summary>
internal static class Values
{
    /// <summary>Values drawn from U(−bound, bound), aligned as the library's own.</summary>
    public static Operand<float> Random(int length, double bound = 1)
    {
        var random = new RandomStream(Seed: 1, Stream: 0);
        var values = Room(length);
        for (var i = 0; i < length; i++)
        {
            values.AsSpan()[i] = (float)(bound * ((2 * random.Uniform((ulong)i)) - 1));
        }
        return values;
    }

    /// <summary>Zeros.</summary>
    public static Operand<float> Room(int length) => new(new HostMemory<float>(length));

    /// <summary>Indices 0, 1, …, again from 0 after the last of <paramref name="entries"/>.</summary>
    public static Operand<int> Indices(int length, int entries)
    {
        var indices = new Operand<int>(new HostMemory<int>(length));
        for (var i = 0; i < length; i++)
        {
            indices.AsSpan()[i] = i % entries;
        }
        return indices;
    }
}
