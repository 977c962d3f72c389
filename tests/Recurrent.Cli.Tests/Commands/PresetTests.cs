using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>Where the settings come from that are not given.</summary>
public sealed class PresetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    private TrainedModel Train(params string[] options)
    {
        Assert.Equal(0, CliRunner.Plain(["train", "--out", Model, "--max-tokens", "4000", .. options]).ExitCode);
        return TrainedModel.Load(Model);
    }

    [Fact]
    public void Without_any_the_text_is_kept_as_it_is_and_the_settings_suit_it()
    {
        var trained = Train("--epochs", "1");
        Assert.Equal("gru", trained.Model.Configuration.Kind);
        Assert.Contains("optimizer", trained.Training.Settings.Select(setting => setting.Key));
        Assert.True(trained.Codec.Vocabulary.Count > 28);
    }

    [Fact]
    public void The_books_are_the_chapters()
    {
        var trained = Train("--preset", "book", "--epochs", "1", "--hidden", "8");
        Assert.Equal("rnn-scratch", trained.Model.Configuration.Kind);
        Assert.Equal(28, trained.Codec.Vocabulary.Count);
        Assert.Contains(new("learning-rate", "1"), trained.Training.Settings);
    }

    [Fact]
    public void What_is_given_comes_before_either()
    {
        var trained = Train("--epochs", "1", "--model", "lstm", "--hidden", "8", "--optimizer", "sgd");
        Assert.Equal(("lstm", 8), (trained.Model.Configuration.Kind, trained.Model.Configuration.HiddenSize));
        Assert.Contains(new("learning-rate", "1"), trained.Training.Settings);
    }

    [Fact]
    public void The_network_from_scratch_takes_no_embedding_from_the_plan() =>
        Assert.Equal(
            0,
            Train("--epochs", "1", "--model", "rnn-scratch", "--hidden", "8").Model.Configuration.EmbeddingSize
        );

    [Fact]
    public void A_budget_ends_the_training_and_is_kept_with_the_model()
    {
        var result = CliRunner.Plain(
            "train",
            "--out",
            Model,
            "--budget",
            "0.5s",
            "--epochs",
            "1000000",
            "--max-tokens",
            "4000"
        );
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(": the budget of 0.5 s is used up", result.Out);
        Assert.Contains(new("budget", "0.5s"), TrainedModel.Load(Model).Training.Settings);
    }

    [Fact]
    public void No_time_at_all_is_refused() =>
        CliRunner
            .Plain("train", "--budget", "0")
            .AssertFailed(2, "--budget is 0 and must be some time; give 3m for instance, or leave it out.");
}
