using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>
/// A training whose numbers stop being finite goes back and on with half the learning rate, the same way each time.
/// </summary>
public sealed class RecoveryTests : IDisposable
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 1100).Select(i => i * i % 11)];

    // Each step multiplies the weights by about 1 - 3·0.8 = -1.4: they leave all bounds; with half the rate they
    // shrink.
    private static readonly TrainerOptions s_wild = new()
    {
        BatchSize = 4,
        Steps = 10,
        Epochs = 8,
        LearningRate = 3,
        WeightDecay = 0.8,
    };

    private static readonly TrainerOptions s_tame = new()
    {
        BatchSize = 4,
        Steps = 10,
        Epochs = 2,
        Optimizer = OptimizerKind.Adam,
        Validation = 0.1,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ILanguageModel Model(Device? device = null) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "gru",
                VocabularySize = 11,
                HiddenSize = 6,
            },
            RandomStream.Parameters(3),
            device
        );

    private static List<double> Finish(Trainer trainer) =>
        [.. trainer.Run(TestContext.Current.CancellationToken).Select(report => report.Loss)];

    private static float[] Weights(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    /// <summary>What a device gives that computes ahead is read when the next step has begun.</summary>
    [Fact]
    public void A_device_that_computes_ahead_goes_back_to_the_same_place_and_ends_in_the_same_weights()
    {
        var (near, ahead) = (Model(), Model(new LockedDevice()));
        var (reference, trainer) = (new Trainer(near, s_tokens, s_wild), new Trainer(ahead, s_tokens, s_wild));
        var minibatches = 0;
        trainer.Observers.Add(
            new EachMinibatch(() =>
            {
                if (++minibatches % 7 == 0)
                {
                    trainer.SaveCheckpoint(_folder[$"{minibatches:D4}"]);
                }
            })
        );
        Assert.Equal(Finish(reference), Finish(trainer));
        Assert.Equal(Weights(near), Weights(ahead));
        Assert.Single(reference.Recoveries);
        Assert.Equal(reference.Recoveries, trainer.Recoveries);
        Assert.Equal(reference.TokensTrained, trainer.TokensTrained);
        foreach (var checkpoint in Directory.GetFiles(_folder.Path).Order().Where((_, i) => i % 4 == 0))
        {
            var model = Model();
            var resumed = new Trainer(model, s_tokens, s_wild);
            resumed.ResumeFrom(checkpoint);
            Finish(resumed);
            Assert.Equal(Weights(near), Weights(model));
            Assert.Equal(reference.Recoveries, resumed.Recoveries);
        }
    }

    [Fact]
    public void Weights_that_leave_all_bounds_are_taken_back_and_each_minibatch_can_be_gone_on_from()
    {
        var whole = Model();
        var reference = new Trainer(whole, s_tokens, s_wild);
        var minibatches = 0;
        reference.Observers.Add(new EachMinibatch(() => reference.SaveCheckpoint(_folder[$"{minibatches++:D4}"])));
        var losses = Finish(reference);

        var recovery = Assert.Single(reference.Recoveries);
        Assert.Equal((1.5, 0), (recovery.LearningRate, recovery.BackTo));
        Assert.InRange(recovery.Epoch, 3, 7);
        Assert.Equal(8, losses.Count);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.All(Weights(whole), weight => Assert.True(float.IsFinite(weight)));
        foreach (var checkpoint in Directory.GetFiles(_folder.Path).Order().Where((_, i) => i % 5 == 0))
        {
            var model = Model();
            var trainer = new Trainer(model, s_tokens, s_wild);
            trainer.ResumeFrom(checkpoint);
            Finish(trainer);
            Assert.Equal(Weights(whole), Weights(model));
            Assert.Equal(reference.Recoveries, trainer.Recoveries);
            Assert.Equal(reference.TokensTrained, trainer.TokensTrained);
            Assert.Equal(
                reference.Reports.Select(report => (float)report.Loss),
                trainer.Reports.Select(report => (float)report.Loss)
            );
        }
    }

    [Fact]
    public void An_accident_costs_half_the_learning_rate_and_nothing_else()
    {
        var (model, expected) = (Model(), Model());
        var poisoned = new PoisonedModel(model, 8);
        var trainer = new Trainer(poisoned, s_tokens, s_tame);
        var observer = new EachMinibatch();
        trainer.Observers.Add(observer);
        var losses = Finish(trainer);
        Assert.Equal([new TrainingRecovery(1, 8, "the loss is NaN", 0, 0.0015)], observer.Recoveries);
        Assert.Equal(observer.Recoveries, trainer.Recoveries);
        Assert.Equal(losses.Index().Select(epoch => (epoch.Index + 1, losses.Count)), observer.Epochs);

        var half = new Trainer(expected, s_tokens, s_tame with { LearningRate = 0.0015 });
        Assert.Equal(Finish(half), losses);
        Assert.Equal(Weights(expected), Weights(model));
        Assert.Equal(half.TokensTrained, trainer.TokensTrained);
    }

    [Fact]
    public void In_a_long_epoch_it_goes_back_to_the_last_thousandth_minibatch_and_can_be_gone_on_from_there()
    {
        int[] tokens = [.. Enumerable.Range(0, 1300).Select(i => i * i % 11)];
        var options = s_tame with { BatchSize = 1, Steps = 1, Epochs = 1, Validation = 0 };
        var whole = new PoisonedModel(Model(), 1050, 1250);
        var reference = new Trainer(whole, tokens, options);
        var path = _folder["checkpoint"];
        reference.Observers.Add(
            new EachMinibatch(() =>
            {
                if (whole.Calls == 1150) // minibatch 1,100: it went back by 50
                {
                    reference.SaveCheckpoint(path);
                }
            })
        );
        Finish(reference);
        Assert.Equal([(1050, 1000), (1200, 1000)], reference.Recoveries.Select(r => (r.Minibatch, r.BackTo)));

        var resumed = new PoisonedModel(Model(), 1250) { Calls = 1150 };
        var trainer = new Trainer(resumed, tokens, options);
        trainer.ResumeFrom(path);
        Finish(trainer);
        Assert.Equal(reference.Recoveries, trainer.Recoveries);
        Assert.Equal(Weights(whole), Weights(resumed));
    }

    [Fact]
    public void Without_a_clipping_norm_it_says_that_there_may_be_one()
    {
        var trainer = new Trainer(new PoisonedModel(Model(), 3, 6, 9, 12), s_tokens, s_tame with { ClipNorm = null });
        var error = Assert.Throws<TrainingDivergedException>(() => Finish(trainer));
        Assert.EndsWith(
            "lower the learning rate (0.003) or clip the gradient.",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_fourth_time_it_gives_up_and_leaves_the_model_of_the_good_point()
    {
        var model = Model();
        var before = Weights(model);
        var trainer = new Trainer(new PoisonedModel(model, 3, 6, 9, 12), s_tokens, s_tame);
        var error = Assert.Throws<TrainingDivergedException>(() => Finish(trainer));
        Assert.Equal(
            "Training stopped in epoch 1, minibatch 3: the loss is NaN, which is not finite, and going back 3 times with half the "
                + "learning rate did not help; lower the learning rate (0.003) or the clipping norm (1).",
            error.Message
        );
        Assert.Equal([0.0015, 0.00075, 0.000375], trainer.Recoveries.Select(r => r.LearningRate));
        Assert.Equal(before, Weights(model));
        Assert.Equal(0, trainer.TokensTrained);
    }
}
