using FsCheck.Fluent;
using Recurrent.Randomness;

namespace Recurrent.Tests.Randomness;

public sealed class RandomStreamTests
{
    private const int Draws = 100_000;
    private static readonly RandomStream Stream = new(Seed: 1, Stream: 0);

    // Computed apart from this library: Philox written in Python, statistics.NormalDist().inv_cdf,
    // struct.pack to float32.
    [Theory]
    [InlineData(0, 0xE3E80670u, 0.8946847163350925, 0x3FA03C14, 89)]
    [InlineData(1, 0xAC08141Bu, 0.8741119351871308, 0x3F92B1A2, 87)]
    [InlineData(2, 0x3F55B3F0u, 0.5565002330689229, 0x3E118328, 55)]
    [InlineData(3, 0xC1F3CFA1u, 0.036543809985189246, unchecked((int)0xBFE56989), 3)]
    [InlineData(1_000_000, 0x5B71EF4Au, 0.04443322735773558, unchecked((int)0xBFD9C7BA), 4)]
    public void Values_are_the_same_bits_everywhere(ulong index, uint bits, double uniform, int normal, int below100)
    {
        Assert.Equal(bits, Stream.UInt32(index));
        Assert.Equal(uniform, Stream.Uniform(index));
        Assert.Equal(normal, BitConverter.SingleToInt32Bits(Stream.Normal(index)));
        Assert.Equal(below100, Stream.Below(100, index));
    }

    [Fact]
    public void Forks_and_permutations_are_the_same_everywhere()
    {
        Assert.Equal(0x0B1B46E2EE97820BUL, new RandomStream(5, 0).Fork(0).Stream);
        Assert.Equal(0x60D6B30492472F15UL, new RandomStream(5, 0).Fork(1).Stream);
        Assert.Equal(0xEC110C069DC5ED06UL, new RandomStream(6, 7).Fork(3).Stream);
        Assert.Equal([4, 2, 5, 9, 7, 1, 0, 3, 8, 6], Stream.Permutation(10));
    }

    [Fact]
    public void Uniform_numbers_fill_the_open_interval_evenly()
    {
        const int Cells = 100;
        var counts = new int[Cells];
        for (var index = 0UL; index < Draws; index++)
        {
            var value = Stream.Uniform(index);
            Assert.True(value > 0 && value < 1);
            counts[(int)(value * Cells)]++;
        }
        Assert.InRange(ChiSquared(counts), 50, 150);
    }

    [Fact]
    public void Integers_below_a_bound_are_evenly_spread()
    {
        var counts = new int[7];
        for (var index = 0UL; index < Draws; index++)
        {
            counts[Stream.Below(7, index)]++;
        }
        Assert.InRange(ChiSquared(counts), 0.3, 25);
        Assert.Equal(0, Stream.Below(1, 3));
        Assert.InRange(Stream.Below(int.MaxValue, 3), 0, int.MaxValue - 1);
    }

    [Fact]
    public void Normal_numbers_have_the_moments_and_quantiles_of_the_standard_normal()
    {
        var values = new double[Draws];
        for (var index = 0; index < Draws; index++)
        {
            values[index] = Stream.Normal((ulong)index);
        }
        // Tolerances are five standard errors at 100,000 draws.
        Assert.Equal(0, values.Average(), 0.016);
        Assert.Equal(1, values.Average(value => value * value), 0.023);
        Assert.Equal(0, values.Average(value => value * value * value), 0.062);
        Assert.Equal(3, values.Average(value => value * value * value * value), 0.16);
        Array.Sort(values);
        Assert.Equal(-1.6449, values[Draws / 20], 0.034);
        Assert.Equal(-0.6745, values[Draws / 4], 0.022);
        Assert.Equal(0.6745, values[Draws * 3 / 4], 0.022);
        Assert.Equal(2.3263, values[Draws * 99 / 100], 0.06);
        Assert.InRange(values[^1], 3, 8.3);
    }

    [Fact]
    public void A_permutation_holds_every_number_once() =>
        Laws.Hold(
            from count in Gen.Choose(0, 300)
            from stream in Gen.Choose(0, int.MaxValue)
            select (count, stream),
            drawn =>
                new RandomStream(3, (ulong)drawn.stream)
                    .Permutation(drawn.count)
                    .Order()
                    .SequenceEqual(Enumerable.Range(0, drawn.count))
        );

    [Fact]
    public void Every_permutation_of_four_is_equally_likely()
    {
        const int Shuffles = 24_000;
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var child = 0UL; child < Shuffles; child++)
        {
            var order = string.Join(',', Stream.Fork(child).Permutation(4));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(24, counts.Count);
        Assert.InRange(ChiSquared([.. counts.Values]), 6, 55);
    }

    [Fact]
    public void Seeds_streams_and_forks_give_unrelated_values()
    {
        RandomStream[] streams =
        [
            new(1, 0),
            new(2, 0),
            new(1, 1),
            new RandomStream(1, 0).Fork(0),
            new RandomStream(1, 0).Fork(1),
            new RandomStream(1, 1).Fork(0),
            new RandomStream(1, 0).Fork(0).Fork(0),
        ];
        for (var first = 0; first < streams.Length; first++)
        {
            for (var second = 0; second < first; second++)
            {
                var product = 0.0;
                for (var index = 0UL; index < 10_000; index++)
                {
                    product += streams[first].Normal(index) * (double)streams[second].Normal(index);
                }
                Assert.Equal(0, product / 10_000, 0.05);
            }
        }
    }

    [Fact]
    public void Ten_thousand_forks_are_ten_thousand_streams()
    {
        var numbers = Enumerable.Range(0, 10_000).Select(child => Stream.Fork((ulong)child).Stream);
        Assert.Equal(10_000, numbers.Distinct().Count());
    }

    [Fact]
    public void Bounds_out_of_range_are_refused()
    {
        var below = Assert.Throws<ArgumentOutOfRangeException>(() => Stream.Below(0, 0));
        Assert.Contains(
            "The bound is 0 and must be a whole number of at least 1",
            below.Message,
            StringComparison.Ordinal
        );
        var permutation = Assert.Throws<ArgumentOutOfRangeException>(() => Stream.Permutation(-1));
        Assert.Contains(
            "The count is -1 and must be a whole number of at least 0",
            permutation.Message,
            StringComparison.Ordinal
        );
    }

    private static double ChiSquared(int[] counts)
    {
        var expected = counts.Average();
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }
}
