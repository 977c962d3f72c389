using Recurrent.Kernels;
using Recurrent.Randomness;

namespace Recurrent.Benchmarks;

/// <summary>Operands of the benchmarks.</summary>
internal static class Values
{
    /// <summary>Memory of values drawn from U(−bound, bound), aligned as the library's own.</summary>
    public static AlignedBuffer Random(int length, double bound = 1)
    {
        var random = new RandomStream(Seed: 1, Stream: 0);
        var values = new AlignedBuffer(length);
        for (var i = 0; i < length; i++)
        {
            values.Span[i] = (float)(bound * ((2 * random.Uniform((ulong)i)) - 1));
        }
        return values;
    }
}
