using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

public sealed class OptimizerArgumentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Optimizer_and_schedule_are_those_of_the_command_line()
    {
        var options = "--optimizer adamw --lr 0.01 --schedule cosine --warmup 4 --clip-value 0.5".Split(' ');
        var result = CliRunner.Plain(Tiny.Train(Model, 3, options));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var settings = TrainedModel.Load(Model).Training.Settings;
        Assert.Equal(
            [
                new("optimizer", "adamw"),
                new("weight-decay", "0.01"),
                new("schedule", "cosine"),
                new("final-rate", "0.01"),
                new("warmup", "4"),
                new("clip-value", "0.5"),
            ],
            settings.SkipWhile(setting => setting.Key != "optimizer")
        );
        Assert.Contains(new("learning-rate", "0.01"), settings);
    }

    [Theory]
    [InlineData("rmsprop", "0.002")]
    [InlineData("adam", "0.003")]
    public void An_optimizer_brings_its_usual_learning_rate(string optimizer, string rate)
    {
        CliRunner.Plain(Tiny.Train(Model, 1, "--optimizer", optimizer));
        Assert.Contains(new("learning-rate", rate), TrainedModel.Load(Model).Training.Settings);
    }

    [Theory]
    [InlineData(
        "--momentum has no effect here; leave it out or add --optimizer sgd.",
        "--optimizer",
        "adam",
        "--momentum",
        "0.9"
    )]
    [InlineData("--final-rate has no effect here; leave it out or add --schedule cosine.", "--final-rate", "0.1")]
    [InlineData(
        "--weight-decay is \"1\" and must be a number from 0 to below 1; recurrent train --help shows how it is used.",
        "--weight-decay",
        "1"
    )]
    public void What_does_not_go_together_is_said(string sentence, params string[] options) =>
        CliRunner.Plain(Tiny.Train(Model, 1, options)).AssertFailed(2, sentence);
}
