using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;
using static Recurrent.Kernels.Tests.KernelRuns;

namespace Recurrent.Kernels.Tests.Sums;

/// <summary>Sums for which threads of a card wait for each other.</summary>
public sealed class CardSumTests
{
    private static readonly Func<TestDevice, float[]>[] s_sums =
    [
        device => SumOf(device, Tiers.Values(1_060_001, 1), 1e4, 1),
        device => Squares(device, Tiers.Values(1_060_001, 2), Tiers.Values(1_060_001, 3)),
        device => Losses(device, 5, 2_100),
        device => SumsOfRows(device, 8_200, 5),
    ];

    [Theory]
    [InlineData(1, nameof(Starved.Nothing))]
    [InlineData(2, nameof(Starved.Warp))]
    [InlineData(3, nameof(Starved.Warp))]
    [InlineData(4, nameof(Starved.Block))]
    [InlineData(5, nameof(Starved.Block))]
    public void Sums_on_a_card_in_any_order_of_its_warps(ulong seed, string starved)
    {
        foreach (var sums in s_sums)
        {
            var card = BlocksSideBySide(seed, Enum.Parse<Starved>(starved));
            SameBitsTests.AssertSameBits(sums(SameBitsTests.Reference), sums(card), "sums");
        }
    }

    [Fact]
    public void The_loss_of_any_barrier_or_order_of_memory_in_a_sum_on_a_card_is_found()
    {
        var faults = 0;
        foreach (var sums in s_sums)
        {
            var card = new CardDevice();
            var expected = sums(card);
            foreach (var program in card.Queue.Programs)
            {
                foreach (var part in (string[])["bar.sync 0;", ".acq_rel"])
                {
                    for (var at = Next(-1); at >= 0; at = Next(at))
                    {
                        var faulty = program.Text.Remove(at, part.Length);
                        Assert.True(IsFound(sums, expected, program, faulty), $"{program.Name} without {at}: {part}");
                        faults++;
                    }

                    int Next(int after) => program.Text.IndexOf(part, after + 1, StringComparison.Ordinal);
                }
            }
        }
        Assert.InRange(faults, 30, 100);
    }

    /// <summary>A card that runs all blocks at the same time, and looks for races between them.</summary>
    private static CardDevice BlocksSideBySide(ulong seed, Starved starved, Func<string, string>? edit = null) =>
        new(
            new()
            {
                Multiprocessors = 100,
                Seed = seed,
                Starve = starved,
            },
            program => program with { IsCooperative = true, Text = edit?.Invoke(program.Text) ?? program.Text }
        );

    private static bool IsFound(Func<TestDevice, float[]> sums, float[] expected, PtxProgram program, string faulty) =>
        Enumerable
            .Range(1, 4)
            .Any(seed =>
            {
                try
                {
                    var card = BlocksSideBySide((ulong)seed, Starved.Warp, t => t == program.Text ? faulty : t);
                    return !expected.SequenceEqual(sums(card));
                }
                catch (EmulationException)
                {
                    return true;
                }
            });
}
