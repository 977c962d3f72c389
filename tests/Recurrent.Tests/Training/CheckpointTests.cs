using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 700).Select(i => i * i % 11)];

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 4,
        Steps = 10,
        Epochs = 6,
        Optimizer = OptimizerKind.AdamW,
        Schedule = ScheduleKind.Plateau,
        WarmupUpdates = 20,
        Validation = 0.2,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ILanguageModel Model(int hidden = 12, bool features = false) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "lstm",
                VocabularySize = 11,
                HiddenSize = hidden,
                Layers = 2,
                Dropout = 0.2,
                EmbeddingSize = features ? 6 : 0,
                Features = features ? new() { Rows = 40, Letters = [1, 3, 4, 9] } : null,
            },
            RandomStream.Parameters(3)
        );

    /// <summary>All that training leaves behind: the losses of the reports and the best weights.</summary>
    private static (List<(double, double?)> Losses, float[] Weights) Finish(ILanguageModel model, Trainer trainer)
    {
        List<(double, double?)> losses = [];
        foreach (var report in trainer.Run(TestContext.Current.CancellationToken))
        {
            losses.Add((report.Loss, report.ValidationLoss));
        }
        trainer.RestoreBest();
        return (losses, [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())]);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, ScheduleKind.Constant, SamplerKind.Sequential)]
    [InlineData(OptimizerKind.AdamW, ScheduleKind.Plateau, SamplerKind.Sequential)]
    [InlineData(OptimizerKind.RmsProp, ScheduleKind.Cosine, SamplerKind.Random)]
    [InlineData(OptimizerKind.AdamW, ScheduleKind.Cosine, SamplerKind.Sequential, true)]
    [InlineData(OptimizerKind.Muon, ScheduleKind.Cosine, SamplerKind.Sequential)]
    public void Any_minibatch_can_be_gone_on_from(
        OptimizerKind optimizer,
        ScheduleKind schedule,
        SamplerKind sampler,
        bool features = false
    )
    {
        var options = s_options with { Optimizer = optimizer, Schedule = schedule, Sampler = sampler };
        var whole = Model(features: features);
        var reference = new Trainer(whole, s_tokens, options);
        var minibatches = 0;
        reference.Observers.Add(
            new EachMinibatch(() =>
            {
                if (minibatches++ % 7 == 0)
                {
                    reference.SaveCheckpoint(_folder[$"{minibatches}"]);
                }
            })
        );
        var (losses, weights) = Finish(whole, reference);
        var checkpoints = Directory.GetFiles(_folder.Path);
        Assert.InRange(checkpoints.Length, 8, 100);
        foreach (var checkpoint in checkpoints)
        {
            var model = Model(features: features);
            var trainer = new Trainer(model, s_tokens, options);
            trainer.ResumeFrom(checkpoint);
            var (rest, same) = Finish(model, trainer);
            Assert.Equal(losses.TakeLast(rest.Count), rest);
            Assert.Equal(weights, same);
            Assert.Equal(reference.TokensTrained, trainer.TokensTrained);
            Assert.Equal(reference.Best!.ValidationLoss, trainer.Best!.ValidationLoss);
            Assert.Equal(reference.Reports.Select(Curves), trainer.Reports.Select(Curves));
            Assert.Equal((6, trainer.Reports[^1]), (trainer.Reports.Count, trainer.Last));
        }
    }

    // In single precision, and without the time, which is another.
    private static (int, float, float?, float, long) Curves(EpochReport report) =>
        (report.Epoch, (float)report.Loss, (float?)report.ValidationLoss, (float)report.GradientNorm, report.Tokens);

    [Fact]
    public void Another_training_is_refused_with_the_difference()
    {
        var path = _folder["checkpoint"];
        new Trainer(Model(), s_tokens, s_options).SaveCheckpoint(path);
        Assert.Contains("seed 1 instead of 2", Refusal(Model(), s_tokens, s_options with { Seed = 2 }));
        Assert.Contains("batch 4 instead of 5", Refusal(Model(), s_tokens, s_options with { BatchSize = 5 }));
        Assert.Contains("another text", Refusal(Model(), s_tokens.AsMemory(1), s_options));
        Assert.Contains("another model", Refusal(Model(hidden: 13), s_tokens, s_options));

        string Refusal(ILanguageModel model, ReadOnlyMemory<int> tokens, TrainerOptions options) =>
            Assert.Throws<ModelFileException>(() => new Trainer(model, tokens, options).ResumeFrom(path)).Message;
    }

    [Fact]
    public void Only_a_checkpoint_is_read_and_only_a_checkpoint_is_replaced()
    {
        var path = _folder["checkpoint"];
        var trainer = new Trainer(Model(), s_tokens, s_options);
        Assert.Contains("there is no file", Assert.Throws<ModelFileException>(() => trainer.ResumeFrom(path)).Message);
        File.WriteAllText(path, "a text of the user's own");
        Assert.Throws<ModelFileException>(() => trainer.ResumeFrom(path));
        Assert.Contains(
            "is not a checkpoint",
            Assert.Throws<ModelFileException>(() => trainer.SaveCheckpoint(path)).Message
        );
        Assert.Equal("a text of the user's own", File.ReadAllText(path));
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused()
    {
        var path = _folder["checkpoint"];
        var trainer = new Trainer(Model(), s_tokens, s_options);
        _ = trainer.Run(TestContext.Current.CancellationToken).First();
        trainer.SaveCheckpoint(path);
        var bytes = File.ReadAllBytes(path);
        foreach (var length in (int[])[0, 7, 100, 2000, bytes.Length - 4])
        {
            File.WriteAllBytes(path, bytes[..length]);
            var error = Assert.Throws<ModelFileException>(() =>
                new Trainer(Model(), s_tokens, s_options).ResumeFrom(path)
            );
            Assert.StartsWith($"Cannot read {path}: ", error.Message);
        }
        // The last values of the file are the learning rate and the seconds of an epoch.
        (float Value, int FromEnd)[] damages = [(float.NaN, 8), (-2, 8), (float.NaN, 4), (-1, 4), (float.MaxValue, 4)];
        foreach (var (value, fromEnd) in damages)
        {
            byte[] after = [.. BitConverter.GetBytes(value), .. bytes[^(fromEnd - 4)..]];
            File.WriteAllBytes(path, [.. bytes[..^fromEnd], .. after]);
            var error = Assert.Throws<ModelFileException>(() =>
                new Trainer(Model(), s_tokens, s_options).ResumeFrom(path)
            );
            Assert.Contains("its curves are damaged in epoch 1", error.Message);
        }
    }
}
