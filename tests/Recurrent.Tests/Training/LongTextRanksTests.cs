using Recurrent.Tests.Text;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Texts of more tokens than an int counts, on several ranks.</summary>
public sealed class LongTextRanksTests : IDisposable
{
    private const long Length = 6_000_000_007;
    private const int HeldOut = 3072;
    private const int Minibatches = 12;

    private static readonly TrainerOptions s_options = ShardedRun.Options with
    {
        BatchSize = 8,
        Validation = HeldOut,
        ValidateEvery = 4 * 8 * 12, // as many minibatches
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SamplerKind.Sequential)]
    [InlineData(SamplerKind.Random)]
    public void What_two_ranks_began_four_go_on_with_as_one_would(SamplerKind sampler)
    {
        var options = s_options with { Sampler = sampler };
        var expected = Train(1, options, from: null, Minibatches)[0];
        Assert.Equal(3, expected.Losses.Count);
        var begun = Train(2, options, from: null, minibatches: 5);
        var ended = Train(4, options, begun[0].Checkpoint, Minibatches);
        Assert.All(ended, one => Assert.Equal(expected.Losses[1..], one.Losses));
        Assert.Equal(File.ReadAllBytes(expected.Checkpoint), File.ReadAllBytes(ended[0].Checkpoint));
        var reads = expected.Reads.Where(read => read.Count > 1).ToList();
        Assert.Contains(reads, read => read.Start is > int.MaxValue and < Length - HeldOut);
        Assert.Contains(reads, read => read.Start + read.Count > Length - HeldOut + 1000);
    }

    [Fact]
    public void A_rank_reads_its_rows_ranges_alone()
    {
        var strip = (Length - HeldOut) / s_options.BatchSize;
        foreach (var ranks in new[] { 2, 4, 8 })
        {
            var results = Train(ranks, s_options, from: null, Minibatches);
            for (var rank = 0; rank < ranks; rank++)
            {
                var rows = s_options.BatchSize / ranks;
                var trained = results[rank].Reads.Where(read => read.Start < Length - HeldOut - 1000).ToList();
                Assert.Equal(Minibatches * rows, trained.Count);
                Assert.All(
                    trained,
                    read =>
                    {
                        // The offset of an epoch makes strips shorter by a few tokens.
                        Assert.InRange(read.Start, (rank * rows * strip) - 100, (rank + 1) * rows * strip);
                        Assert.InRange(read.Start % strip, 0, strip);
                    }
                );
                var first = trained.Min(read => read.Start);
                var last = trained.Max(read => read.Start + read.Count);
                Assert.InRange(last - first, (rows - 1) * strip, ((rows - 1) * strip) + 1000);
            }
        }
    }

    private List<Result> Train(int ranks, TrainerOptions options, string? from, int minibatches)
    {
        var path = _folder[$"{ranks}.{minibatches}.checkpoint"];
        return
        [
            .. ShardedRun.AsRanks(
                ranks,
                rank =>
                {
                    var tokens = new ComputedTokens(Length) { Identity = new TokenIdentity("computed", 0) };
                    var parts = new TrainingParts { Ranks = rank };
                    var trainer = new Trainer(ShardedRun.Model("gru"), tokens, options, new SetTime(), parts);
                    if (from is not null)
                    {
                        trainer.ResumeFrom(from);
                    }
                    var losses = new ValidationLosses();
                    trainer.Observers.Add(losses);
                    trainer.Observers.Add(
                        new EachMinibatch(() =>
                        {
                            if (trainer.TokensTrained == minibatches * options.BatchSize * options.Steps)
                            {
                                trainer.SaveCheckpoint(path);
                                throw new OperationCanceledException();
                            }
                        })
                    );
                    Assert.Throws<OperationCanceledException>(() => ShardedRun.Train(trainer));
                    return new Result(path, losses.All, tokens.Reads);
                }
            ),
        ];
    }

    private sealed record Result(string Checkpoint, List<string> Losses, IReadOnlyList<(long Start, int Count)> Reads);
}
