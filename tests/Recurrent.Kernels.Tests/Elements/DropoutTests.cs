using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Portable;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Elements;

public sealed class DropoutTests
{
    private const ulong Seed = 0x0123_4567_89AB_CDEF;
    private const ulong Stream = 0xFEDC_BA98_7654_3210;

    private static float[] Apply(float[] x, double probability, int threads = 1, ulong stream = Stream)
    {
        var y = Host.Unwritten(x.Length);
        Run(Host.Of(x), y, probability, new WorkerTeam(threads), stream);
        return y.ToArray();
    }

    private static void Run(
        Operand<float> x,
        Operand<float> y,
        double probability,
        WorkerTeam team,
        ulong stream = Stream
    ) =>
        VectorTier.Best.Run(
            new Dropout
            {
                X = x,
                Y = y,
                Seed = Seed,
                Stream = stream,
                Probability = probability,
            },
            team
        );

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.93)]
    public void An_element_is_dropped_where_its_word_of_its_Philox_block_is_below_p(double probability)
    {
        foreach (var size in (int[])[.. Tiers.OddSizes, 4097, 20_001])
        {
            var x = Tiers.Values(size, 1);
            var y = Apply(x, probability);
            for (var i = 0; i < size; i++)
            {
                var block = Philox.Block(new UInt128(Stream, (ulong)i / 4), Seed);
                var dropped = (uint)(block >> (32 * (i % 4))) < (uint)(probability * 4294967296);
                Assert.Equal(dropped ? 0f : x[i] * (float)(1 / (1 - probability)), y[i]);
            }
        }
    }

    [Fact]
    public void The_threads_change_no_bit()
    {
        foreach (var size in (int[])[1, 4095, 4096, 20_001, 5_000_003])
        {
            var x = Tiers.Values(size, 2);
            var expected = Apply(x, 0.4);
            foreach (var threads in (int[])[2, 3, 5])
            {
                Assert.True(expected.AsSpan().SequenceEqual(Apply(x, 0.4, threads)), $"{size}, {threads}");
            }
        }
    }

    [Fact]
    public void May_be_applied_in_place_again_and_again()
    {
        var x = Tiers.Values(1001, 3);
        var once = Apply(x, 0.5);
        var inPlace = Host.Of(x);
        Run(inPlace, inPlace, 0.5, new WorkerTeam(1));
        Assert.Equal(once, inPlace.ToArray());
        Run(inPlace, inPlace, 0.5, new WorkerTeam(1));
        Assert.Equal(once.Select(value => value * 2), inPlace.ToArray());
    }

    [Fact]
    public void Drops_as_many_as_asked_for_and_keeps_the_mean()
    {
        var ones = Enumerable.Repeat(1f, 1_000_000).ToArray();
        foreach (var probability in (double[])[0.1, 0.5, 0.8])
        {
            var y = Apply(ones, probability);
            Assert.Equal(probability, y.Count(value => value == 0) / 1e6, 2e-3);
            Assert.Equal(1, y.Average(value => (double)value), 5e-3);
        }
        Assert.Equal(ones, Apply(ones, 0));
    }

    [Fact]
    public void Another_stream_drops_others()
    {
        var ones = Enumerable.Repeat(1f, 10_000).ToArray();
        var (x, y) = (Apply(ones, 0.5), Apply(ones, 0.5, stream: Stream + 1));
        Assert.Equal(0.25, x.Zip(y).Count(pair => pair.First + pair.Second == 0) / 1e4, 0.03);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        foreach (var probability in (double[])[1, -0.1, double.NaN])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Apply(new float[3], probability));
        }
        Assert.Throws<ArgumentException>(() => Run(Host.Room<float>(3), Host.Room<float>(4), 0.5, new WorkerTeam(1)));
    }

    [Fact]
    public void Takes_no_memory()
    {
        var (x, team) = (Host.Room<float>(100_000), new WorkerTeam(1));
        for (var warmUp = 0; warmUp < 3; warmUp++)
        {
            Run(x, x, 0.5, team);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(x, x, 0.5, team);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
