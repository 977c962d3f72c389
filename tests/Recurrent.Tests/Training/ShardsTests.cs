using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Shards, and the ranks that share them out: one model to the byte, however many ranks there are.</summary>
public sealed class ShardsTests
{
    // Kinds, samplers, optimisers, numbers of ranks and threads, and vector widths: each pair that matters occurs.
    [Theory]
    [InlineData("lstm", SamplerKind.Sequential, OptimizerKind.AdamW, 2, 1)]
    [InlineData("lstm", SamplerKind.Random, OptimizerKind.Sgd, 4, 2)]
    [InlineData("gru", SamplerKind.Sequential, OptimizerKind.RmsProp, 8, 1)]
    [InlineData("gru", SamplerKind.Random, OptimizerKind.AdamW, 2, 2)]
    [InlineData("rnn", SamplerKind.Random, OptimizerKind.Muon, 8, 2)]
    [InlineData("rnn", SamplerKind.Sequential, OptimizerKind.Sgd, 4, 1)]
    [InlineData("mingru", SamplerKind.Sequential, OptimizerKind.Adam, 4, 2)]
    [InlineData("mingru", SamplerKind.Random, OptimizerKind.RmsProp, 2, 1)]
    [InlineData("features", SamplerKind.Sequential, OptimizerKind.AdamW, 8, 2)]
    [InlineData("features", SamplerKind.Random, OptimizerKind.Sgd, 2, 1)]
    [InlineData("rnn-scratch", SamplerKind.Sequential, OptimizerKind.AdamW, 4, 1)]
    public void Any_number_of_ranks_trains_the_same_bytes(
        string kind,
        SamplerKind sampler,
        OptimizerKind optimizer,
        int ranks,
        int threads
    )
    {
        var options = ShardedRun.Options with { Sampler = sampler, Optimizer = optimizer, ValidateEvery = 500 };
        var alone = ShardedRun.Results(1, options, kind)[0];
        Assert.All(ShardedRun.MixedResults(ranks, threads, options, kind), one => Assert.Equal(alone, one));
    }

    [Theory]
    [InlineData(12, 12, 3)]
    [InlineData(12, 6, 3)]
    [InlineData(20, 5, 5)]
    public void Shards_need_not_be_a_power_of_two(int batch, int shards, int ranks)
    {
        var options = ShardedRun.Options with { BatchSize = batch, Shards = shards };
        var alone = ShardedRun.Results(1, options)[0];
        Assert.All(ShardedRun.Results(ranks, options), one => Assert.Equal(alone, one));
        Assert.NotEqual(alone, ShardedRun.Results(1, options with { Shards = 1 })[0]); // other dropout
    }

    [Fact]
    public void A_shard_is_a_small_batch_of_its_rows_and_the_gradients_are_added_in_the_order_of_the_tree()
    {
        var (model, trained) = (ShardedRun.Model("gru"), ShardedRun.Model("gru"));
        var options = ShardedRun.Options with { Shards = 4, Validation = 0 };
        ShardedRun.Train(ShardedRun.Create(trained, options, null));
        var (adam, schedule) = (options.CreateOptimizer(model.Parameters), options.CreateSchedule());
        var updates = 0;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var states = Enumerable.Range(0, 4).Select(_ => model.InitialState(4)).ToArray();
            var shares = Enumerable
                .Range(0, 4)
                .Select(shard =>
                    options
                        .CreateSampler()
                        .Share(shard, 4)
                        .Epoch(ShardedRun.Tokens, RandomStream.Batching(options.Seed), epoch)
                        .Select(minibatch => (X: minibatch.X.ToArray(), Y: minibatch.Y.ToArray()))
                        .ToArray()
                )
                .ToArray();
            for (var minibatch = 0; minibatch < shares[0].Length; minibatch++)
            {
                var gradients = new float[4][][]; // (shards)(parameters)(values)
                for (var shard = 0; shard < 4; shard++)
                {
                    var (x, y) = shares[shard][minibatch];
                    var (logits, next) = model.Forward(Indices.From(x, 12, 4), states[shard]);
                    foreach (var parameter in model.Parameters)
                    {
                        parameter.Value.ClearGradient();
                    }
                    Tensor.SoftmaxCrossEntropy(logits, Indices.From(y, 12, 4)).Backward();
                    gradients[shard] = [.. model.Parameters.Select(p => p.Value.Gradient!.ToArray())];
                    states[shard] = next.Detach();
                }
                for (var i = 0; i < model.Parameters.Count; i++)
                {
                    var sum = new float[gradients[0][i].Length];
                    for (var j = 0; j < sum.Length; j++)
                    {
                        // A quarter of the mean over a shard is, to the bit, its part of the mean over all.
                        float Part(int shard) => gradients[shard][i][j] / 4;
                        sum[j] = Part(0) + Part(1) + (Part(2) + Part(3));
                    }
                    model.Parameters[i].Value.Gradient!.Write(sum);
                }
                GradientClipping.ByGlobalNorm(model.Parameters, 0.5);
                adam.Update(schedule.RateAt(updates++, 0));
            }
        }
        Assert.Equal(ShardedRun.Weights(trained), ShardedRun.Weights(model));
    }

    [Theory]
    [InlineData("gru")]
    [InlineData("features")]
    public void Shards_learn_what_one_learns_but_for_rounding(string kind)
    {
        var options = ShardedRun.Options with { Epochs = 1 };
        var reports = new[] { 1, 4 }.Select(shards =>
        {
            var trainer = ShardedRun.Create(ShardedRun.Model(kind), options with { Shards = shards }, null);
            ShardedRun.Train(trainer);
            return trainer.Last!;
        });
        var (one, four) = (reports.First(), reports.Last());
        Assert.Equal(one.Loss, four.Loss, 1e-4);
        Assert.Equal(one.ValidationLoss!.Value, four.ValidationLoss!.Value, 1e-4);
    }

    [Theory]
    [InlineData(8, 3, "start 1, 2, 4, 8,")]
    [InlineData(12, 2, "start 1, 3, 6, 12,")]
    [InlineData(1, 2, "start 1,")]
    public void Ranks_that_would_not_have_a_part_of_the_tree_each_are_refused(int shards, int ranks, string wayOut)
    {
        var options = ShardedRun.Options with { BatchSize = 24, Shards = shards };
        var error = Assert.Throws<RanksException>(() => ShardedRun.Results(ranks, options));
        Assert.StartsWith($"{ranks} ranks cannot share out {shards} shard", error.Message, StringComparison.Ordinal);
        Assert.Contains(wayOut, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_that_do_not_divide_the_batch_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            ShardedRun.Results(1, ShardedRun.Options with { Shards = 6 })
        );
        Assert.Equal(
            "6 shards do not divide a batch of 16; choose 4, or a batch that is a multiple of 6.",
            error.Message
        );
    }

    [Theory]
    [InlineData("learning rate", "has learning-rate 0.01 and rank 0 on HOST has 0.02")]
    [InlineData("text", "differs from rank 0 on HOST in its text")]
    [InlineData("weights", "differs from rank 0 on HOST in its initial weights")]
    public void Ranks_that_do_not_train_the_same_are_told_apart(string setting, string difference)
    {
        var messages = ShardedRun.AsRanks(
            4,
            rank =>
            {
                var isOdd = rank!.Rank == 0;
                var model = LanguageModel.Create(
                    "gru",
                    vocabularySize: 11,
                    hiddenSize: 4,
                    seed: setting == "weights" ? rank.Rank : 1
                );
                var options = ShardedRun.Options with
                {
                    LearningRate = isOdd && setting == "learning rate" ? 0.02 : 0.01,
                };
                var tokens = isOdd && setting == "text" ? ShardedRun.Tokens[1..] : ShardedRun.Tokens;
                var trainer = new Trainer(model, tokens, options, parts: new() { Ranks = rank });
                return Assert.Throws<RanksException>(() => ShardedRun.Train(trainer)).Message;
            }
        );
        var host = Environment.MachineName;
        Assert.All(
            messages,
            message =>
                Assert.Equal(
                    $"Rank 1 on {host} {difference.Replace("HOST", host, StringComparison.Ordinal)}; start all ranks "
                        + "with the same program, text and settings.",
                    message
                )
        );
    }
}
