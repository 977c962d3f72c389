using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Training;

/// <summary>A training that went back says so, wherever somebody may look.</summary>
public sealed class RecoveryTests : IDisposable
{
    // The weight decay multiplies the weights by 1 - 3·0.8 = -1.4 in each step, and by -0.2 at half the rate.
    private static readonly string[] s_wild = "--lr 3 --weight-decay 0.8 --clip 1000000".Split(' ');

    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plain_lines_say_it_on_the_standard_error_and_at_the_end()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, 40, s_wild));
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(
            @"^Epoch \d+, minibatch \d+: .+ is .+; training continues from the epoch's beginning with half the learning rate, 1\.5\.\n$",
            result.Error
        );
        Assert.Contains(
            "recovered once from a value that was not finite; learning rate reduced from 3 to 1.5\n",
            result.Out
        );
        Assert.Matches(
            @"^epoch \d+ minibatch \d+$",
            TrainedModel.Load(Model).Training.Settings.Single(setting => setting.Key == "went-back").Value
        );
    }

    [Fact]
    public void Json_has_a_line_for_it()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, 40, [.. s_wild, "--json"]));
        Assert.Matches(
            "\n\\{\"event\":\"recovery\",\"recovery\":\\{\"epoch\":\\d+,\"minibatch\":\\d+,\"problem\":\"",
            result.Out
        );
        Assert.Contains("\"learningRate\":1.5}}\n", result.Out);
        Assert.Contains("with half the learning rate, 1.5.\n", result.Error);
    }

    [Fact]
    public void A_terminal_shows_it_in_the_frame_and_at_the_end()
    {
        using var runner = new CliRunner { Terminal = new Terminal(() => 200, () => 24, Color: false) };
        var result = runner.Run(Tiny.Train(Model, 40, s_wild));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("; training continues from the epoch's beginning", result.Out);
        Assert.Contains("recovered once", result.Out);
    }

    [Fact]
    public void What_cannot_be_helped_leaves_an_old_model_alone_and_is_said()
    {
        CliRunner.Plain(Tiny.Train(Model));
        var old = File.ReadAllBytes(Model);
        var result = CliRunner.Plain(Tiny.Train(Model, 40, "--lr 1000 --weight-decay 0.9 --clip 0".Split(' ')));
        Assert.Equal(1, result.ExitCode);
        var lines = result.Error.TrimEnd().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Contains("half the learning rate, 125.", lines[2]);
        Assert.Contains(
            "going back 3 times with half the learning rate did not help; lower the learning rate (1000)",
            lines[3]
        );
        Assert.Equal(old, File.ReadAllBytes(Model));
    }
}
