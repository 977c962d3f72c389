using FsCheck;
using FsCheck.Fluent;
using Recurrent.Batching;
using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>All shards in one pass: to the bit what each as a small batch gives, summed by the tree.</summary>
public sealed class OnePassTests
{
    private static readonly string[] s_cells =
    [
        "rnn",
        "rnn-relu",
        "gru",
        "gru-reset-before",
        "lstm",
        "mingru",
        "minlstm",
    ];

    /// <summary>A training: what decides which sums there are, and how they are cut.</summary>
    private sealed record Case(ModelConfiguration Model, int Shards, int Rows, int Steps)
    {
        public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

        public int Threads { get; init; } = 1;

        public int Tier { get; init; }

        public override string ToString() =>
            $"{Model.Kind} V{Model.VocabularySize} H{Model.HiddenSize} L{Model.Layers} E{Model.EmbeddingSize} "
            + $"tied {Model.TiedWeights} both {Model.Bidirectional} p {Model.Dropout} features {Model.Features?.Rows}, "
            + $"S{Shards} x {Rows} rows, T{Steps}, {Optimizer}, {Threads} threads, tier {Tier}";
    }

    private static readonly Gen<Case> s_cases =
        from kind in Gen.Elements(s_cells)
        from vocabulary in Gen.Elements(3, 7, 40)
        from hidden in Gen.Frequency((3, Gen.Choose(1, 70)), (1, Gen.Elements(32, 64, 96)))
        from layers in Gen.Choose(1, 3)
        from bidirectional in Gen.Elements(false, true)
        from input in Gen.Elements("one-hot", "embedding", "tied", "features", "tied features")
        from embedding in Gen.Choose(1, 40)
        from dropout in Gen.Elements(0, 0.3)
        from shards in Gen.Elements(2, 3, 4, 5, 8, 16)
        from rows in Gen.Choose(1, 6)
        from steps in Gen.Choose(1, 9)
        from optimizer in Gen.Elements(Enum.GetValues<OptimizerKind>())
        from threads in Gen.Choose(1, 2)
        from tier in Gen.Choose(0, VectorTier.All.Count(one => one.IsAccelerated) - 1)
        let isTied = input.StartsWith("tied", StringComparison.Ordinal)
        let hasFeatures = input.EndsWith("features", StringComparison.Ordinal)
        select new Case(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = vocabulary,
                HiddenSize = hidden,
                Layers = layers,
                Bidirectional = bidirectional && !hasFeatures,
                EmbeddingSize =
                    input == "one-hot" ? 0
                    : isTied ? hidden * (bidirectional && !hasFeatures ? 2 : 1)
                    : embedding,
                TiedWeights = isTied,
                Features = hasFeatures
                    ? new()
                    {
                        Rows = 40,
                        Dropout = dropout,
                        Letters = vocabulary > 3 ? [1, 2, 4] : null,
                    }
                    : null,
                Dropout = dropout,
            },
            shards,
            rows,
            steps
        )
        {
            Optimizer = optimizer,
            Threads = threads,
            Tier = tier,
        };

    [Fact]
    public void Gives_the_bits_of_small_batches_for_any_model_of_ours() => Laws.Hold(s_cases, AssertSame);

    // Sizes at which other kernels begin: depths beyond a block, whole panels, more entries than tokens in a shard.
    [Theory]
    [InlineData("lstm", 64, 2, 150, 5, 0)]
    [InlineData("rnn", 160, 2, 300, 2, 0)]
    [InlineData("gru", 33, 4, 17, 40, 12)]
    [InlineData("gru-reset-before", 96, 3, 40, 8, 200)]
    public void Gives_the_bits_of_small_batches_for_long_sums(
        string kind,
        int hidden,
        int shards,
        int rows,
        int steps,
        int embedding
    )
    {
        var model = new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = embedding == 200 ? 400 : 30,
            HiddenSize = hidden,
            EmbeddingSize = embedding,
        };
        AssertSame(new Case(model, shards, rows, steps));
        AssertSame(new Case(model, shards, rows, steps) { Threads = 2 });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Adds_up_the_gradient_of_all_rows(int threads)
    {
        var one = new Case(
            new()
            {
                Kind = "lstm",
                VocabularySize = 9,
                HiddenSize = 24,
                Layers = 2,
                EmbeddingSize = 24,
                TiedWeights = true,
            },
            Shards: 1,
            Rows: 24,
            Steps: 11
        )
        {
            Threads = threads,
        };
        var expected = Train(one, apart: true, minibatches: 1).Gradients;
        var gradients = Train(one with { Shards = 8, Rows = 3 }, apart: false, minibatches: 1).Gradients;
        Assert.Equal(expected.Length, gradients.Length);
        Assert.Contains(gradients, gradient => Math.Abs(gradient) > 1e-3);
        Assert.All(expected.Zip(gradients), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    private static void AssertSame(Case one)
    {
        var (expected, actual) = (Train(one, apart: true), Train(one, apart: false));
        Assert.Equal(expected.Losses, actual.Losses);
        Assert.Equal(expected.Gradients, actual.Gradients);
        Assert.Equal(expected.Weights, actual.Weights);
        Assert.Equal(expected.State, actual.State);
        Assert.All(actual.Losses, loss => Assert.True(double.IsFinite(loss)));
    }

    private static (double[] Losses, float[] Gradients, float[] Weights, float[] State) Train(
        Case one,
        bool apart,
        int minibatches = 3
    )
    {
        var tier = VectorTier.All.Where(tier => tier.IsAccelerated).ElementAt(one.Tier);
        var model = LanguageModel.Create(one.Model, RandomStream.Parameters(3), new CpuDevice(one.Threads, tier));
        var optimizer = new TrainerOptions { Optimizer = one.Optimizer, LearningRate = 0.01 }.CreateOptimizer(
            model.Parameters
        );
        var step = new TrainingStep(
            model,
            optimizer,
            new TensorPool(model.Device, recyclesTensors: true),
            one.Shards,
            apart: apart
        )
        {
            ClipNorm = 0.5,
        };
        var (batch, random) = (one.Shards * one.Rows, new RandomStream(1, 9));
        var state = model.InitialState(batch);
        var losses = new double[minibatches];
        for (var i = 0; i < minibatches; i++)
        {
            var draws = random.Fork((ulong)i);
            int[] tokens =
            [
                .. Enumerable
                    .Range(0, 2 * batch * one.Steps)
                    .Select(place => draws.Below(one.Model.VocabularySize, (ulong)place)),
            ];
            var minibatch = new Minibatch(
                batch,
                one.Steps,
                tokens.AsMemory(0, batch * one.Steps),
                tokens.AsMemory(batch * one.Steps)
            );
            losses[i] = step.Run(minibatch, state, RandomStream.Dropout(2).Fork((ulong)i), 0.01).Loss;
        }
        return (
            losses,
            [.. model.Parameters.SelectMany(parameter => parameter.Value.Gradient!.ToArray())],
            [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())],
            [.. state.Parts.SelectMany(part => part.ToArray())]
        );
    }
}
