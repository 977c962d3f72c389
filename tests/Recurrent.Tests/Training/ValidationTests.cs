using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

public sealed class ValidationTests
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 700).Select(i => i * i % 11)];

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 4,
        Steps = 10,
        Epochs = 6,
        Seed = 3,
    };

    private static ILanguageModel Model(double dropout = 0) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "lstm",
                VocabularySize = 11,
                HiddenSize = 12,
                Layers = 2,
                Dropout = dropout,
            },
            RandomStream.Parameters(3)
        );

    private static float[] Weights(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    private static List<EpochReport> Train(Trainer trainer) => [.. trainer.Run(TestContext.Current.CancellationToken)];

    [Fact]
    public void Measuring_does_not_change_the_training()
    {
        var (measured, alone) = (Model(dropout: 0.2), Model(dropout: 0.2));
        var reports = Train(new Trainer(measured, s_tokens, s_options with { Validation = 0.2 }));
        var same = Train(new Trainer(alone, s_tokens[..560], s_options));
        Assert.Equal(Weights(alone), Weights(measured));
        Assert.Equal(same.Select(report => report.Loss), reports.Select(report => report.Loss));
        Assert.All(same, report => Assert.Null(report.ValidationPerplexity));
        Assert.All(reports, report => Assert.True(report.ValidationPerplexity > 1));
    }

    [Fact]
    public void A_number_of_tokens_is_the_same_as_the_fraction_that_they_are()
    {
        var (tokens, fraction) = (Model(), Model());
        var reports = Train(new Trainer(tokens, s_tokens, s_options with { Validation = 140 }));
        var same = Train(new Trainer(fraction, s_tokens, s_options with { Validation = 0.2 }));
        Assert.Equal(Weights(fraction), Weights(tokens));
        Assert.Equal(same.Select(report => report.ValidationLoss), reports.Select(report => report.ValidationLoss));
    }

    [Theory]
    [InlineData("0", 0d)]
    [InlineData("0.25", 0.25)]
    [InlineData("2", 2d)]
    [InlineData("16000000", 16_000_000d)]
    [InlineData("16M", 16_000_000d)]
    [InlineData("1.1M", 1_100_000d)]
    [InlineData("5k", 5000d)]
    [InlineData("3G", 3_000_000_000d)]
    [InlineData("0.6", double.NaN)]
    [InlineData("1", double.NaN)]
    [InlineData("2.5", double.NaN)]
    [InlineData("M", double.NaN)]
    [InlineData("16m", double.NaN)]
    [InlineData("-5k", double.NaN)]
    [InlineData("NaN", double.NaN)]
    [InlineData("9999999G", double.NaN)]
    public void It_is_given_as_a_fraction_or_as_tokens(string text, double expected)
    {
        var values = TrainingSettings.Validation.Values;
        Assert.Equal(!double.IsNaN(expected), values.TryParse(text, out var value));
        if (!double.IsNaN(expected))
        {
            Assert.Equal(expected, value);
            Assert.True(values.TryParse(values.Format(value), out var again));
            Assert.Equal(value, again);
        }
    }

    [Fact]
    public void The_loss_is_that_of_the_end_of_the_text_read_in_one_go()
    {
        var model = Model(dropout: 0.2);
        var report = Train(new Trainer(model, s_tokens, s_options with { Validation = 0.2 }))[^1];
        var end = s_tokens[560..];
        var (logits, _) = model.Forward(end.AsSpan(0, 139), 1, model.InitialState(1));
        var loss = Tensor.SoftmaxCrossEntropy(logits, end.AsSpan(1)).ToScalar();
        Assert.Equal(loss, report.ValidationLoss!.Value, 1e-5);
    }

    [Fact]
    public void A_long_validation_text_is_read_in_strips()
    {
        int[] tokens = [.. Enumerable.Range(0, 8000).Select(i => i * i % 11)];
        var model = Model();
        var options = s_options with { Epochs = 1, Validation = 0.5 };
        var report = Train(new Trainer(model, tokens, options))[^1];
        var loss = 0.0;
        const int strip = 1333; // 3 rows of 3,999 predictions
        for (var row = 0; row < 3; row++)
        {
            var start = 4000 + (row * strip);
            var (logits, _) = model.Forward(tokens.AsSpan(start, strip), 1, model.InitialState(1));
            loss += Tensor.SoftmaxCrossEntropy(logits, tokens.AsSpan(start + 1, strip)).ToScalar() / 3;
        }
        Assert.Equal(loss, report.ValidationLoss!.Value, 1e-5);
    }

    [Fact]
    public void The_best_weights_can_be_had_back()
    {
        var options = s_options with
        {
            Validation = 0.2,
            Epochs = 12,
            Optimizer = OptimizerKind.Adam,
            LearningRate = 0.3,
        };
        var model = Model();
        var trainer = new Trainer(model, s_tokens, options);
        List<float[]> weights = [];
        List<EpochReport> reports = [];
        foreach (var report in trainer.Run(TestContext.Current.CancellationToken))
        {
            reports.Add(report);
            weights.Add(Weights(model));
        }
        var best = reports.MinBy(report => report.ValidationLoss)!;
        Assert.NotEqual(12, best.Epoch); // else there is nothing to see
        trainer.RestoreBest();
        Assert.Equal(best, trainer.Best);
        Assert.Equal(weights[best.Epoch - 1], Weights(model));
        Assert.Equal(reports.Take(best.Epoch).Sum(report => report.Tokens), trainer.BestTokensTrained);
    }

    [Fact]
    public void Patience_ends_the_training()
    {
        var options = s_options with { Validation = 0.2, Epochs = 1000, Patience = 3 };
        var trainer = new Trainer(Model(), s_tokens, options with { LearningRate = 30, ClipNorm = 100 });
        var reports = Train(trainer);
        Assert.True(trainer.IsOutOfPatience);
        Assert.Equal(reports.Count, trainer.Best!.Epoch + 3);
    }

    [Fact]
    public void What_cannot_be_measured_is_said()
    {
        Assert.Contains("needs a validation text", Message(s_options with { Patience = 3 }));
        Assert.Contains("at least 2 are needed", Message(s_options with { Validation = 0.001 }));
        Assert.Contains("tokens are needed", Message(s_options with { Validation = 0.5, BatchSize = 40 }));
        Assert.Contains("are more than half of the text's 700", Message(s_options with { Validation = 351 }));
        foreach (var wrong in new[] { 0.6, 1, 2.5, -0.1, double.NaN, double.PositiveInfinity, 1e16 })
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => s_options with { Validation = wrong });
            Assert.StartsWith("Validation is ", error.Message, StringComparison.Ordinal);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => s_options with { Patience = 0 });

        static string Message(TrainerOptions options) =>
            Assert.ThrowsAny<ArgumentException>(() => new Trainer(Model(), s_tokens, options)).Message;
    }
}
