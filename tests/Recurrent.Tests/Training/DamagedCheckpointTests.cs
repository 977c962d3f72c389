using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tests.Formats;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>
/// Thousands of damaged checkpoints: each is resumed, or refused and leaves the training as it was, and neither takes
/// much memory.
/// </summary>
public sealed class DamagedCheckpointTests : IDisposable
{
    private const int Files = 2000;
    private const long MaxAllocated = 300_000; // bytes, for files of about 4,000

    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 300).Select(i => i * i % 7)];

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 2,
        Steps = 8,
        Epochs = 3,
        Optimizer = OptimizerKind.Adam,
        Validation = 0.2,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_damaged_checkpoint_is_resumed_or_refused()
    {
        var (whole, other) = (Checkpoint(minibatches: 20), Checkpoint(minibatches: 3));
        var path = _folder["damaged"];
        var (resumed, refused) = (0, 0);
        for (var i = 0UL; i < Files; i++)
        {
            File.WriteAllBytes(path, Mutation.Of(whole, other, new RandomStream(11, i)));
            var model = Model();
            var trainer = new Trainer(model, s_tokens, s_options);
            var untouched = Weights(model);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                trainer.ResumeFrom(path);
                resumed++;
            }
            catch (ModelFileException error)
            {
                refused++;
                Assert.StartsWith($"Cannot read {path}: ", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(error.Message, char.IsControl);
                Assert.Equal(untouched, Weights(model));
                Assert.Equal(0, trainer.TokensTrained);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxAllocated, $"File {i} took {allocated} bytes.");
        }

        // Bits of the weights, moments and curves and digits of the state may be others; all else is noticed.
        Assert.InRange(resumed, Files / 10, Files / 2);
        Assert.Equal(Files, resumed + refused);
    }

    [Theory]
    [InlineData("rnn.weight_hh_l0")] // of the run as it was at the end of the epoch
    [InlineData("best.linear.bias")]
    public void A_weight_that_is_not_finite_is_refused(string name)
    {
        var path = _folder["checkpoint"];
        File.WriteAllBytes(path, Checkpoint(minibatches: null));
        Poison(path, name);
        var model = Model();
        var before = Weights(model);

        var error = Assert.Throws<ModelFileException>(() => new Trainer(model, s_tokens, s_options).ResumeFrom(path));

        Assert.Equal(
            $"Cannot read {path}: value 0 of its parameter \"{name}\" is NaN, not a finite number; "
                + "train again without resuming.",
            error.Message
        );
        Assert.Equal(before, Weights(model));
    }

    [Theory]
    [InlineData(null, "moments.rnn.weight_hh_l0")]
    [InlineData(null, "squares.linear.bias")]
    [InlineData(null, "state.0")]
    [InlineData(5, "good.squares.linear.bias")]
    public void A_moment_or_state_that_is_not_a_number_is_refused_and_an_infinite_one_is_not(
        int? minibatches,
        string name
    )
    {
        var path = _folder["checkpoint"];
        File.WriteAllBytes(path, Checkpoint(minibatches));
        Poison(path, name, float.PositiveInfinity);
        new Trainer(Model(), s_tokens, s_options).ResumeFrom(path);
        Poison(path, name);
        var error = Assert.Throws<ModelFileException>(() => new Trainer(Model(), s_tokens, s_options).ResumeFrom(path));
        Assert.Contains($"its parameter \"{name}\" is NaN, not a number; train again", error.Message);
    }

    [Fact]
    public void Weights_beyond_all_bounds_that_the_run_would_take_back_are_no_damage()
    {
        var path = _folder["checkpoint"];
        File.WriteAllBytes(path, Checkpoint(minibatches: 5));
        Poison(path, "rnn.weight_hh_l0");
        var model = Model();
        var trainer = new Trainer(model, s_tokens, s_options);

        trainer.ResumeFrom(path);
        _ = trainer.Run(TestContext.Current.CancellationToken).Last();

        Assert.Single(trainer.Recoveries);
        Assert.All(Weights(model), weight => Assert.True(float.IsFinite(weight)));
        Poison(path, "good.rnn.weight_hh_l0");
        Assert.Throws<ModelFileException>(() => new Trainer(Model(), s_tokens, s_options).ResumeFrom(path));
    }

    private static ILanguageModel Model() =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "rnn",
                VocabularySize = 7,
                HiddenSize = 3,
            },
            RandomStream.Parameters(3)
        );

    private static float[] Weights(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    /// <summary>A checkpoint after so many minibatches, or at the end of the first epoch.</summary>
    private byte[] Checkpoint(int? minibatches)
    {
        var path = _folder["whole"];
        var trainer = new Trainer(Model(), s_tokens, s_options);
        var done = 0;
        trainer.Observers.Add(
            new EachMinibatch(() =>
            {
                if (++done == minibatches)
                {
                    trainer.SaveCheckpoint(path);
                }
            })
        );
        foreach (var _ in trainer.Run(TestContext.Current.CancellationToken))
        {
            if (minibatches is null)
            {
                trainer.SaveCheckpoint(path);
                break;
            }
        }
        return File.ReadAllBytes(path);
    }

    /// <summary>Makes the first value of a tensor another, not a number by default.</summary>
    private static void Poison(string path, string name, float value = float.NaN)
    {
        var file = File.ReadAllBytes(path);
        var (header, data) = RawSafetensors.Parse(file);
        var place = data + (int)header[name]!["data_offsets"]![0]!;
        BitConverter.GetBytes(value).CopyTo(file, place);
        File.WriteAllBytes(path, file);
    }
}
