using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Shards that train by themselves for some minibatches, and the mean that all go on from.</summary>
public sealed class LocalStepsTests
{
    // An epoch has 18 minibatches, so that 5 of them leave a part of a round at its end.
    private static TrainerOptions Options { get; } = ShardedRun.Options with { Shards = 4, LocalSteps = 5 };

    // Kinds, samplers, optimisers, numbers of ranks and threads, and vector widths: each pair that matters occurs.
    [Theory]
    [InlineData("lstm", SamplerKind.Sequential, OptimizerKind.AdamW, 2, 1)]
    [InlineData("lstm", SamplerKind.Random, OptimizerKind.Sgd, 4, 2)]
    [InlineData("gru", SamplerKind.Sequential, OptimizerKind.RmsProp, 4, 1)]
    [InlineData("rnn", SamplerKind.Random, OptimizerKind.Muon, 2, 2)]
    [InlineData("mingru", SamplerKind.Sequential, OptimizerKind.Adam, 4, 2)]
    [InlineData("features", SamplerKind.Sequential, OptimizerKind.AdamW, 2, 2)]
    [InlineData("features", SamplerKind.Random, OptimizerKind.Sgd, 4, 1)]
    [InlineData("rnn-scratch", SamplerKind.Sequential, OptimizerKind.AdamW, 4, 1)]
    public void Any_number_of_ranks_trains_the_same_bytes(
        string kind,
        SamplerKind sampler,
        OptimizerKind optimizer,
        int ranks,
        int threads
    )
    {
        var options = Options with
        {
            Sampler = sampler,
            Optimizer = optimizer,
            ValidateEvery = 500,
            AveragedEpochs = 2,
        };
        var alone = ShardedRun.Results(1, options, kind)[0];
        Assert.All(ShardedRun.MixedResults(ranks, threads, options, kind), one => Assert.Equal(alone, one));
        Assert.NotEqual(alone, ShardedRun.Results(1, options with { LocalSteps = null }, kind)[0]);
    }

    [Fact]
    public void Workers_need_not_be_a_power_of_two()
    {
        var options = Options with { BatchSize = 12, Shards = 6 };
        var alone = ShardedRun.Results(1, options)[0];
        Assert.All(ShardedRun.Results(3, options), one => Assert.Equal(alone, one));
    }

    [Fact]
    public void A_round_is_trainings_apart_whose_mean_the_model_follows_with_nesterovs_momentum()
    {
        var options = Options with { Validation = 0, OuterRate = 0.6, OuterMomentum = 0.8 };
        var trained = ShardedRun.Model("gru");
        var trainer = ShardedRun.Create(trained, options, null);
        ShardedRun.Train(trainer);

        var workers = Enumerable.Range(0, 4).Select(worker => new Apart(options, worker)).ToArray();
        var weights = ShardedRun.Weights(ShardedRun.Model("gru")).Select(one => (double)one).ToArray();
        var momentum = new double[weights.Length];
        var (losses, norms) = (new List<double>(), new List<double>());
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var minibatches = workers.Select(worker => worker.Begin(epoch)).Distinct().Single();
            for (var minibatch = 1; minibatch <= minibatches; minibatch++)
            {
                var results = workers.Select(worker => worker.Step()).ToArray();
                losses.Add(results.Average(result => result.Loss));
                norms.Add(results.Average(result => result.Norm));
                if (minibatch % 5 > 0 && minibatch < minibatches)
                {
                    continue;
                }
                for (var i = 0; i < weights.Length; i++)
                {
                    var way = weights[i] - workers.Average(worker => (double)worker.Weights[i]);
                    momentum[i] = (0.8 * momentum[i]) + way;
                    weights[i] -= 0.6 * (way + (0.8 * momentum[i]));
                }
                Assert.All(workers, worker => worker.Weights = [.. weights.Select(weight => (float)weight)]);
            }
            Assert.True(minibatches > 30 && minibatches % 5 > 0); // the last round is a part of one
            var report = trainer.Reports[epoch - 1];
            Assert.Equal(losses.Average(), report.Loss, 1e-4);
            Assert.Equal(norms.Average(), report.GradientNorm, 1e-4);
            losses.Clear();
            norms.Clear();
        }
        var difference = ShardedRun.Weights(trained).Zip(weights, (one, other) => Math.Abs(one - other)).Max();
        Assert.InRange(difference, 0, 1e-3);
        Assert.True(weights.Zip(ShardedRun.Weights(ShardedRun.Model("gru")), (a, b) => Math.Abs(a - b)).Max() > 0.1);
    }

    [Fact]
    public void A_round_of_one_step_of_plain_descent_is_what_all_do_together_but_for_rounding()
    {
        var options = Options with
        {
            LocalSteps = 1,
            OuterRate = 1,
            OuterMomentum = 0,
            Optimizer = OptimizerKind.Sgd,
            LearningRate = 0.5,
            ClipNorm = null,
        };
        float[][] weights =
        [
            .. new[] { options, options with { LocalSteps = null } }.Select(one =>
            {
                var model = ShardedRun.Model();
                ShardedRun.Train(ShardedRun.Create(model, one, null));
                return ShardedRun.Weights(model);
            }),
        ];
        Assert.InRange(weights[0].Zip(weights[1], (one, other) => Math.Abs(one - other)).Max(), 0, 1e-4);
        var first = ShardedRun.Weights(ShardedRun.Model());
        Assert.True(weights[0].Zip(first, (one, other) => Math.Abs(one - other)).Max() > 0.1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Between_two_minibatches_the_model_is_as_the_last_round_left_it(int ranks)
    {
        var seen = ShardedRun.AsRanks(
            ranks,
            rank =>
            {
                var model = ShardedRun.Model();
                var trainer = ShardedRun.Create(model, Options with { Epochs = 1 }, rank);
                List<float[]> after = [ShardedRun.Weights(model)];
                trainer.Observers.Add(new EachMinibatch(() => after.Add(ShardedRun.Weights(model))));
                ShardedRun.Train(trainer);
                return after;
            }
        );
        foreach (var after in seen)
        {
            for (var minibatch = 1; minibatch < after.Count; minibatch++)
            {
                Assert.Equal(minibatch % 5 > 0, after[minibatch].SequenceEqual(after[minibatch - 1]));
                Assert.Equal(seen[0][minibatch], after[minibatch]);
            }
        }
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    public void An_accident_of_one_worker_takes_all_back_to_the_end_of_a_round(int ranks, int poisoned)
    {
        var options = Options with { BatchSize = 4, Steps = 1, LocalSteps = 7, Epochs = 1, Validation = 0 };
        var results = ShardedRun.AsRanks(
            ranks,
            rank =>
            {
                var model = ShardedRun.Model("gru");
                var step = 4 / ranks * 1205; // of one of the rank's workers
                var trainer = ShardedRun.Create(
                    rank!.Rank == poisoned ? new PoisonedModel(model, step) : model,
                    options,
                    rank
                );
                ShardedRun.Train(trainer);
                Assert.Equal([new(1, 1205, "the loss is NaN", 1001, 0.005)], trainer.Recoveries);
                return ShardedRun.Result(model, trainer);
            }
        );
        Assert.All(results, one => Assert.Equal(results[0], one));
        Assert.NotEqual(ShardedRun.Results(1, options, "gru")[0], results[0]); // half the learning rate
    }

    [Fact]
    public void A_run_that_is_measured_on_the_way_is_measured_at_the_ends_of_rounds()
    {
        var model = ShardedRun.Model();
        var trainer = ShardedRun.Create(model, Options with { Epochs = 1, ValidateEvery = 500 }, null);
        var observer = new Validations();
        trainer.Observers.Add(observer);
        ShardedRun.Train(trainer);
        Assert.NotEmpty(observer.Tokens);
        Assert.All(observer.Tokens, tokens => Assert.Equal(0, tokens % (5 * 16 * 12)));
    }

    [Fact]
    public void One_shard_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => ShardedRun.Results(1, Options with { Shards = 1 }));
        Assert.Equal(
            "Each shard takes local steps, and there is 1; choose 2 shards or more, or no local steps.",
            error.Message
        );
    }

    /// <summary>A shard as a training of its own, of the library's tensors alone.</summary>
    private sealed class Apart(TrainerOptions options, int worker)
    {
        private readonly ILanguageModel _model = ShardedRun.Model("gru");
        private Optimizer? _optimizer;
        private ModelState? _state;
        private int _updates;
        private Queue<(int[] X, int[] Y)> _minibatches = [];

        public float[] Weights
        {
            get => ShardedRun.Weights(_model);
            set
            {
                var at = 0;
                foreach (var (_, tensor) in _model.Parameters)
                {
                    tensor.Write(value.AsSpan(at, tensor.Count));
                    at += tensor.Count;
                }
            }
        }

        /// <summary>Begins an epoch; its minibatches.</summary>
        public int Begin(int epoch)
        {
            _optimizer ??= options.CreateOptimizer(_model.Parameters);
            _state = _model.InitialState(4);
            var share = options.CreateSampler().Share(worker, 4);
            var random = RandomStream.Batching(options.Seed);
            _minibatches = new(
                share.Epoch(ShardedRun.Tokens, random, epoch).Select(one => (one.X.ToArray(), one.Y.ToArray()))
            );
            return _minibatches.Count;
        }

        public (double Loss, double Norm) Step()
        {
            var (x, y) = _minibatches.Dequeue();
            var (logits, next) = _model.Forward(Indices.From(x, 12, 4), _state!);
            foreach (var parameter in _model.Parameters)
            {
                parameter.Value.ClearGradient();
            }
            var loss = Tensor.SoftmaxCrossEntropy(logits, Indices.From(y, 12, 4));
            var value = loss.ToScalar();
            loss.Backward();
            _state = next.Detach();
            var norm = GradientClipping.ByGlobalNorm(_model.Parameters, 0.5);
            _optimizer!.Update(options.CreateSchedule().RateAt(_updates++, 0));
            return (value, norm);
        }
    }

    private sealed class Validations : ITrainingObserver
    {
        public List<long> Tokens { get; } = [];

        public void Validated(EpochReport soFar) => Tokens.Add(soFar.Tokens);
    }
}
