using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

public sealed class DryRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shows_the_plan_and_writes_nothing()
    {
        var result = CliRunner.Plain("train", "story", "--dry-run", "--out", Model, "--threads", "2");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Model)!));
        Golden.Check("train-dry-run.txt", result.Out.Replace(Model, "FOLDER/model.safetensors"));
    }

    [Fact]
    public void Large_texts_leave_no_token_cache()
    {
        var text = _folder.Write("text.txt", [.. Enumerable.Repeat((byte)'a', 5000)]);
        using var runner = new CliRunner { LargeText = 100 };
        Assert.Equal(0, runner.Run("train", text, "--dry-run", "--out", Model).ExitCode);
        Assert.Equal([text], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Model)!));
    }

    [Fact]
    public void Says_that_a_model_would_be_replaced_and_leaves_it()
    {
        CliRunner.Plain(Tiny.Train(Model));
        var before = File.ReadAllBytes(Model);
        var result = CliRunner.Plain(Tiny.Train(Model, 3, "--dry-run"));
        Assert.Contains($" goes to {Model}, which it would replace.\n", result.Out);
        Assert.Equal(before, File.ReadAllBytes(Model));
    }

    [Fact]
    public void The_sizes_are_those_of_the_files()
    {
        string[] options = ["train", "--model", "gru", "--epochs", "1", "--max-tokens", "1000", "--out", Model];
        var plan = CliRunner.Plain([.. options, "--dry-run"]).Lines;
        Assert.Equal(0, CliRunner.Plain(options).ExitCode);
        var weights = TrainedModel.Load(Model).Model.Parameters.Sum(parameter => parameter.Value.Count);
        Assert.EndsWith($", {weights:#,0} weights", plan[0]);
        Assert.Contains($"  model file         {new FileInfo(Model).Length / 1e6:0.0} MB", plan);
    }

    [Theory]
    [InlineData("--hidden", "0")]
    [InlineData("--patience", "3", "--validation", "0")]
    public void What_training_refuses_it_refuses(params string[] options) =>
        Assert.Equal(2, CliRunner.Plain(["train", "--dry-run", "--out", Model, .. options]).ExitCode);

    [Fact]
    public void Is_for_people() =>
        CliRunner
            .Plain("train", "--dry-run", "--json")
            .AssertFailed(2, "--dry-run shows a plan for people; leave out --json.");
}
