using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Training;

/// <summary>However a training ends, what was trained is saved.</summary>
public sealed class TrainingSessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Interruption.Interrupt, 130)]
    [InlineData(Interruption.Terminate, 143)]
    public void A_signal_stops_it_saves_and_says_so(int signal, int exitCode)
    {
        CliRunner? runner = null;
        using var output = new FailingWriter(2, () => runner!.Interruption.Receive(signal));
        using (runner = new CliRunner { Out = output })
        {
            var result = runner.Run(Tiny.Train(Model, epochs: 1000));
            Assert.Equal((exitCode, ""), (result.ExitCode, result.Error));
        }
        Assert.Contains("stopped in epoch 51 of 1000; --resume continues\n", output.ToString());
        Assert.EndsWith($"model saved: {Model}\n", output.ToString());
        Assert.Equal(50, TrainedModel.Load(Model).Training.Epochs);
    }

    [Fact]
    public void A_signal_still_gives_json_its_last_line()
    {
        CliRunner? runner = null;
        using var output = new FailingWriter(3, () => runner!.Interruption.Receive(Interruption.Interrupt));
        using (runner = new CliRunner { Out = output })
        {
            Assert.Equal(130, runner.Run(Tiny.Train(Model, 1000, "--json")).ExitCode);
        }
        var lines = output.ToString().TrimEnd().Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("{\"event\":\"end\",\"reason\":\"stopped\",", lines[^1]);
        Assert.Equal(4, TrainedModel.Load(Model).Training.Epochs);
    }

    [Fact]
    public void A_reader_that_goes_away_stops_it_and_saves()
    {
        CliRunner? runner = null;
        using var output = new FailingWriter(2, () => runner!.Interruption.Receive(Interruption.BrokenPipe));
        using (runner = new CliRunner { Out = output })
        {
            var result = runner.Run(Tiny.Train(Model, epochs: 1000));
            Assert.Equal(
                (141, $"The output has no reader any more; the model so far is saved in {Model}.\n"),
                (result.ExitCode, result.Error)
            );
        }
        Assert.Equal(50, TrainedModel.Load(Model).Training.Epochs);
    }

    [Fact]
    public void An_output_that_fails_stops_it_and_saves()
    {
        using var output = new FailingWriter(2, () => throw new IOException("The disk is full."));
        using var runner = new CliRunner { Out = output };
        var result = runner.Run(Tiny.Train(Model, epochs: 1000));
        Assert.Equal(
            (1, $"The disk is full; the model so far is saved in {Model}.\n"),
            (result.ExitCode, result.Error)
        );
        Assert.Equal(50, TrainedModel.Load(Model).Training.Epochs);
    }

    [Fact]
    public void Even_a_mistake_of_ours_loses_nothing()
    {
        using var output = new FailingWriter(2, () => throw new InvalidOperationException("Oh."));
        using var runner = new CliRunner { Out = output };
        var result = runner.Run(Tiny.Train(Model, epochs: 1000));
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Unexpected InvalidOperationException: Oh.", result.Error);
        Assert.EndsWith($"the model so far is saved in {Model}.\n", result.Error);
    }

    [Fact]
    public void A_signal_before_the_first_minibatch_leaves_an_old_model_alone()
    {
        CliRunner.Plain(Tiny.Train(Model));
        var old = File.ReadAllBytes(Model);
        CliRunner? runner = null;
        using var output = new FailingWriter(0, () => runner!.Interruption.Receive(Interruption.Interrupt));
        using (runner = new CliRunner { Out = output })
        {
            Assert.Equal(130, runner.Run(Tiny.Train(Model, epochs: 1000)).ExitCode);
        }
        Assert.Equal(old, File.ReadAllBytes(Model));
    }

    [Fact]
    public void A_place_that_is_lost_on_the_way_is_replaced_by_another()
    {
        var folder = Directory.CreateDirectory(_folder["gone"]).FullName;
        using var output = new FailingWriter(
            2,
            () =>
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        );
        using var runner = new CliRunner { Out = output };
        var result = runner.Run(Tiny.Train(Path.Combine(folder, "model.safetensors")));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"the folder {folder} does not exist", result.Error);
        var saved = output.ToString().TrimEnd().Split("model saved: ")[1];
        Assert.EndsWith($"the model is saved in {saved} instead.\n", result.Error);
        Assert.Equal(3, TrainedModel.Load(saved).Training.Epochs);
        Directory.Delete(Path.GetDirectoryName(saved)!, recursive: true);
    }
}
