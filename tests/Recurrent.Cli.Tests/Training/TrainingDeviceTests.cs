using System.Text.Json.Nodes;
using Recurrent.Cli.Tests.Support;
using Recurrent.Emulation;
using Recurrent.Tensors;

namespace Recurrent.Cli.Tests.Training;

/// <summary>Training on a card that is emulated, or that is not there.</summary>
public sealed class TrainingDeviceTests : IDisposable
{
    private const string OnCard = "; on gpu:0, Emulated card";
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpu")]
    [InlineData("gpu:1")]
    public void A_card_that_is_not_there_is_refused_and_nothing_is_written(string device)
    {
        if (OperatingSystem.IsLinux())
        {
            CliRunner
                .Plain(Tiny.Train(Model, 3, "--device", device))
                .AssertFailed(
                    2,
                    "There is no NVIDIA driver (libcuda.so.1) here; leave out --device, or use --device cpu."
                );
            Assert.Empty(_folder.Names);
        }
    }

    [Theory]
    [InlineData("tpu")]
    [InlineData("gpu:")]
    [InlineData("gpu:-1")]
    [InlineData("GPU")]
    [InlineData("")]
    public void Other_devices_are_refused(string device) =>
        CliRunner
            .Plain(Tiny.Train(Model, 3, "--device", device))
            .AssertFailed(
                2,
                $"--device is \"{device}\" and must be auto, cpu, gpu or gpu:N, with the number of a card such as gpu:1; "
                    + "recurrent train --help shows how it is used."
            );

    [Theory]
    [InlineData("rnn-scratch")]
    [InlineData("gru")]
    public void A_card_writes_the_processor_s_file_and_is_named(string kind)
    {
        var onCard = Run(new EmulatedCard(), Tiny.Train(Model, 2, "--model", kind, "--device", "gpu:0"));
        Assert.Equal((0, ""), (onCard.ExitCode, onCard.Error));
        Assert.EndsWith(OnCard, onCard.Lines[0]);
        Assert.Contains("gpu:0, Emulated card", File.ReadAllText(_folder["model.report.html"]));

        var other = _folder["other.safetensors"];
        var onProcessor = Run(new EmulatedCard(), Tiny.Train(other, 2, "--model", kind, "--device", "cpu"));
        Assert.EndsWith("; on cpu", onProcessor.Lines[0]);
        Assert.Equal(File.ReadAllBytes(other), File.ReadAllBytes(Model));
    }

    [Fact]
    public void Events_name_the_card()
    {
        var result = Run(new EmulatedCard(), Tiny.Train(Model, 1, "--device", "gpu", "--json", "--no-report"));
        Assert.Equal("gpu:0, Emulated card", (string?)JsonNode.Parse(result.Lines[0])!["device"]);
    }

    [Theory]
    [InlineData("gpu", "cpu")]
    [InlineData("cpu", "gpu")]
    public void What_one_device_began_another_ends_to_the_same_file(string first, string second)
    {
        var card = new EmulatedCard();
        CliRunner? runner = null;
        using var output = new FailingWriter(1, () => runner!.Interruption.Receive(2));
        using (runner = new CliRunner { Out = output, Gpus = Of(card) })
        {
            Assert.Equal(130, runner.Run(Tiny.Train(Model, 4, "--device", first)).ExitCode);
        }
        var result = Run(card, Tiny.Train(Model, 4, "--resume", "--device", second));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));

        var whole = _folder["whole.safetensors"];
        CliRunner.Plain(Tiny.Train(whole, 4));
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(Model));
    }

    [Fact]
    public void Where_a_card_falls_off_its_checkpoint_stays_and_the_processor_goes_on()
    {
        var launches = new EmulatedCard();
        Run(launches, Tiny.Train(Model, 4, "--device", "gpu"));
        var whole = File.ReadAllBytes(Model);
        File.Delete(Model);

        // Late enough for the checkpoint that the timer asks for after the first minibatch.
        using var runner = new CliRunner
        {
            Gpus = Of(new EmulatedCard(new() { FailingLaunch = launches.Launches / 2 })),
        };
        runner.Time.RingsAlways = true;
        var result = runner.Run(Tiny.Train(Model, 4, "--device", "gpu"));
        Assert.Equal(
            (
                1,
                $"The emulated card does not answer any more; go on from {Model}.checkpoint with --resume --device cpu.\n"
            ),
            (result.ExitCode, result.Error)
        );
        Assert.Equal(["model.safetensors.checkpoint"], _folder.Names.Where(name => !name!.Contains("report")));

        CliRunner.Plain(Tiny.Train(Model, 4, "--resume", "--device", "cpu"));
        Assert.Equal(whole, File.ReadAllBytes(Model));
    }

    [Fact]
    public void Where_a_card_falls_off_without_a_checkpoint_it_says_so()
    {
        var card = new EmulatedCard(new() { FailingLaunch = 100 });
        var result = Run(card, Tiny.Train(Model, 4, "--device", "gpu"));
        Assert.Equal(
            (1, "The emulated card does not answer any more; there is no checkpoint yet; train with --device cpu.\n"),
            (result.ExitCode, result.Error)
        );
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Too_little_memory_is_said_before_the_start_with_the_batch_that_fits()
    {
        var small = new EmulatedCard(new() { MemoryBytes = 50_000 });
        Run(small, Tiny.Train(Model, 1, "--device", "gpu"))
            .AssertFailed(
                1,
                "The training needs about 57 kB of memory, and there are 48 kB on gpu:0, Emulated card; choose --batch 2 "
                    + "or less, or use --device cpu."
            );
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Auto_stays_on_the_processor_where_no_card_is_faster()
    {
        var card = new EmulatedCard();
        Assert.EndsWith("; on cpu", Run(card, Tiny.Train(Model, 1)).Lines[0]);
        Assert.True(card.Launches > 0); // it was tried
        var full = new EmulatedCard(new() { MemoryBytes = 10_000 });
        Assert.EndsWith("; on cpu", Run(full, Tiny.Train(Model, 1)).Lines[0]);
        var broken = new EmulatedCard(new() { FailingLaunch = 10 });
        Assert.EndsWith("; on cpu", Run(broken, Tiny.Train(Model, 1)).Lines[0]);
    }

    [Fact]
    public void Auto_takes_a_card_that_is_faster()
    {
        using var runner = new CliRunner { Gpus = Of(new EmulatedCard()) };
        runner.Time.Growth = 1.05; // the processor is tried last
        Assert.EndsWith(OnCard, runner.Run(Tiny.Train(Model, 1)).Lines[0]);
        Assert.EndsWith(
            "  --device           gpu:0, Emulated card",
            runner.Run(Tiny.Train(Model, 1, "--dry-run")).Lines.First(line => line.Contains("--device"))
        );
    }

    private static Gpus Of(EmulatedCard card) => new(() => 1, _ => card);

    private static CliResult Run(EmulatedCard card, string[] arguments)
    {
        using var runner = new CliRunner { Gpus = Of(card) };
        return runner.Run(arguments);
    }
}
