using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Two ranks, each a thread with a model and a share of the rows, train one model together.</summary>
public sealed class GradientExchangeTests
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 900).Select(i => i * i % 11)];

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 6,
        Steps = 8,
        Epochs = 3,
        Optimizer = OptimizerKind.Adam,
        ClipNorm = 0.5,
        Validation = 0.2,
    };

    private static ILanguageModel Model(Device? device = null) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "lstm",
                VocabularySize = 11,
                HiddenSize = 7,
                Layers = 2,
            },
            RandomStream.Parameters(5),
            device
        );

    private static float[] Weights(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    private static (float[] Weights, EpochReport[] Reports) Train(
        int rank,
        int of,
        IGradientExchange exchange,
        Func<ILanguageModel, ILanguageModel>? change = null
    )
    {
        var model = Model(new CpuDevice(threads: 1));
        var parts = new TrainingParts { Sampler = s_options.CreateSampler().Share(rank, of), Exchange = exchange };
        var trainer = new Trainer(change?.Invoke(model) ?? model, s_tokens, s_options, parts: parts);
        var reports = trainer.Run(TestContext.Current.CancellationToken).ToArray();
        return (Weights(model), reports);
    }

    private static async Task<(float[] Weights, EpochReport[] Reports)[]> Together(
        int ranks,
        Func<int, ILanguageModel, ILanguageModel>? change = null
    )
    {
        using var shared = new Ranks(ranks);
        return await Task.WhenAll(
            Enumerable
                .Range(0, ranks)
                .Select(rank =>
                    Task.Factory.StartNew(
                        () => Train(rank, ranks, shared.Of(rank), model => change?.Invoke(rank, model) ?? model),
                        TestContext.Current.CancellationToken,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)] // shares of one row and of two
    public async Task Every_rank_has_the_same_weights_and_reports(int ranks)
    {
        var all = await Together(ranks);
        Assert.All(all, one => Assert.Equal(all[0].Weights, one.Weights));
        Assert.All(
            all,
            one =>
                Assert.Equal(
                    all[0].Reports.Select(report => (report.Loss, report.ValidationLoss, report.Tokens)),
                    one.Reports.Select(report => (report.Loss, report.ValidationLoss, report.Tokens))
                )
        );
    }

    [Fact]
    public async Task They_do_to_the_bit_what_one_process_does_that_adds_up_the_gradients_of_the_shares()
    {
        var ranks = await Together(2);
        Assert.Equal(Reference(), ranks[0].Weights);
    }

    [Fact]
    public async Task They_learn_what_one_rank_learns_but_for_rounding()
    {
        var ranks = await Together(2);
        var alone = Model();
        var reports = new Trainer(alone, s_tokens, s_options).Run(TestContext.Current.CancellationToken).ToArray();
        Assert.Equal(reports[^1].Loss, ranks[0].Reports[^1].Loss, 1e-4);
        Assert.Equal(reports[^1].Tokens, ranks[0].Reports[^1].Tokens);
    }

    [Fact]
    public async Task An_accident_of_one_rank_takes_all_back()
    {
        var all = await Together(2, (rank, model) => rank == 1 ? new PoisonedModel(model, 5) : model);
        Assert.Equal(all[0].Weights, all[1].Weights);
        var undisturbed = await Together(2);
        Assert.NotEqual(undisturbed[0].Weights, all[0].Weights); // half the learning rate
    }

    /// <summary>The same in one process, without trainer, step or exchange.</summary>
    private static float[] Reference()
    {
        var model = Model();
        var adam = new Adam(model.Parameters);
        var schedule = s_options.CreateSchedule();
        var whole = s_options.CreateSampler();
        var updates = 0;
        for (var epoch = 1; epoch <= s_options.Epochs; epoch++)
        {
            ModelState[] states = [model.InitialState(3), model.InitialState(3)];
            var shares = Enumerable
                .Range(0, 2)
                .Select(rank =>
                    whole
                        .Share(rank, 2)
                        .Epoch(s_tokens[..720], RandomStream.Batching(s_options.Seed), epoch)
                        .Select(minibatch => (X: minibatch.X.ToArray(), Y: minibatch.Y.ToArray()))
                        .ToArray()
                )
                .ToArray();
            for (var minibatch = 0; minibatch < shares[0].Length; minibatch++)
            {
                List<float[]>[] gradients =
                [
                    [],
                    [],
                ];
                for (var rank = 0; rank < 2; rank++)
                {
                    var (x, y) = shares[rank][minibatch];
                    var (logits, next) = model.Forward(Indices.From(x, 8, 3), states[rank]);
                    foreach (var parameter in model.Parameters)
                    {
                        parameter.Value.ClearGradient();
                    }
                    Tensor.SoftmaxCrossEntropy(logits, Indices.From(y, 8, 3)).Backward();
                    gradients[rank].AddRange(model.Parameters.Select(p => p.Value.Gradient!.ToArray()));
                    states[rank] = next.Detach();
                }
                for (var i = 0; i < model.Parameters.Count; i++)
                {
                    float[] mean = [.. gradients[0][i].Zip(gradients[1][i], (a, b) => (a * 0.5f) + (b * 0.5f))];
                    model.Parameters[i].Value.Gradient!.Write(mean);
                }
                GradientClipping.ByGlobalNorm(model.Parameters, 0.5);
                adam.Update(schedule.RateAt(updates++, 0));
            }
        }
        return Weights(model);
    }

    /// <summary>
    /// What a number of threads exchange through: each lays down its values, and each adds up all of them in order of
    /// rank.
    /// </summary>
    private sealed class Ranks(int count) : IDisposable
    {
        private readonly Barrier _barrier = new(count);
        private readonly (float[][] Values, int Rows)[] _laidDown = new (float[][], int)[count];

        public IGradientExchange Of(int rank) => new Rank(this, rank);

        public void Dispose() => _barrier.Dispose();

        private sealed class Rank(Ranks shared, int rank) : IGradientExchange
        {
            public void Average(IReadOnlyList<Tensor> values, int rows, CancellationToken cancellationToken)
            {
                shared._laidDown[rank] = ([.. values.Select(value => value.ToArray())], rows);
                shared._barrier.SignalAndWait(cancellationToken);
                var total = shared._laidDown.Sum(one => one.Rows);
                for (var i = 0; i < values.Count; i++)
                {
                    var mean = new float[values[i].Count];
                    foreach (var (all, rowsOfOne) in shared._laidDown)
                    {
                        var share = (float)rowsOfOne / total;
                        for (var j = 0; j < mean.Length; j++)
                        {
                            mean[j] += all[i][j] * share;
                        }
                    }
                    values[i].Write(mean);
                }
                shared._barrier.SignalAndWait(cancellationToken); // nobody lays down anything new before all have read
            }
        }
    }
}
