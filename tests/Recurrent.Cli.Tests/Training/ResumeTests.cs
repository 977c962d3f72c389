using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;
using Recurrent.Randomness;

namespace Recurrent.Cli.Tests.Training;

/// <summary>A training that was stopped or killed goes on to the file of one that never was.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void After_a_signal_it_goes_on_to_the_same_file()
    {
        var (model, whole) = (_folder["model.safetensors"], _folder["whole.safetensors"]);
        CliRunner? runner = null;
        using var output = new FailingWriter(2, () => runner!.Interruption.Receive(Interruption.Interrupt));
        using (runner = new CliRunner { Out = output })
        {
            Assert.Equal(130, runner.Run(Tiny.Train(model, 60)).ExitCode);
        }
        Assert.Contains("; --resume continues\n", output.ToString());
        Assert.True(File.Exists(model + ".checkpoint"));

        var result = CliRunner.Plain(Tiny.Train(model, 60, "--resume"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.DoesNotContain("epoch 10/60", result.Out);
        Assert.False(File.Exists(model + ".checkpoint"));
        CliRunner.Plain(Tiny.Train(whole, 60));
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(model));
    }

    [Fact]
    public void Other_settings_are_refused()
    {
        var model = _folder["model.safetensors"];
        CliRunner? runner = null;
        using var output = new FailingWriter(2, () => runner!.Interruption.Receive(Interruption.Interrupt));
        using (runner = new CliRunner { Out = output })
        {
            runner.Run(Tiny.Train(model, 60));
        }
        CliRunner
            .Plain(Tiny.Train(model, 60, "--resume", "--seed", "2"))
            .AssertFailed(
                1,
                $"Cannot read {model}.checkpoint: it is of a training run with seed 1 instead of 2; "
                    + "give the settings it was begun with, or train again without --resume."
            );
    }

    [Fact]
    public void Without_a_checkpoint_it_is_refused_and_nothing_is_touched()
    {
        var model = _folder["model.safetensors"];
        string[] resume = Tiny.Train(model, 3, "--resume");
        var sentence =
            $"There is no checkpoint {model}.checkpoint to continue from; train from the beginning without --resume, "
            + "or give --resume auto to continue only where there is one.";
        CliRunner.Plain(resume).AssertFailed(1, sentence);
        Assert.Empty(_folder.Names);

        CliRunner.Plain(Tiny.Train(model, 3, "--no-report"));
        var before = File.ReadAllBytes(model);
        CliRunner.Plain(resume).AssertFailed(1, sentence);
        Assert.Equal(["model.safetensors"], _folder.Names);
        Assert.Equal(before, File.ReadAllBytes(model));
    }

    [Fact]
    public void A_job_that_is_started_again_and_again_begins_goes_on_and_ends()
    {
        var (model, whole) = (_folder["model.safetensors"], _folder["whole.safetensors"]);
        string[] job = Tiny.Train(model, 60, "--resume", "auto", "--no-report");
        CliRunner? runner = null;
        using var output = new FailingWriter(2, () => runner!.Interruption.Receive(Interruption.Terminate));
        using (runner = new CliRunner { Out = output })
        {
            Assert.Equal(143, runner.Run(job).ExitCode);
        }
        var second = CliRunner.Plain(job);
        Assert.Equal((0, ""), (second.ExitCode, second.Error));
        CliRunner.Plain(Tiny.Train(whole, 60, "--no-report"));
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(model));

        var written = File.GetLastWriteTimeUtc(model);
        var third = CliRunner.Plain(job);
        Assert.Equal(
            (0, "", $"The training run of {model} has ended; there is nothing left to train.\n"),
            (third.ExitCode, third.Out, third.Error)
        );
        Assert.Equal(written, File.GetLastWriteTimeUtc(model));
        Assert.Equal(["model.safetensors", "whole.safetensors"], _folder.Names);
    }

    [Fact]
    public void A_run_that_is_stopped_has_no_last_model_yet()
    {
        var model = _folder["model.safetensors"];
        string[] job = Tiny.Train(model, 60, "--validation", "0.2", "--lr", "5", "--keep", "1", "--no-report");
        CliRunner? runner = null;
        using var output = new FailingWriter(2, () => runner!.Interruption.Receive(Interruption.Terminate));
        using (runner = new CliRunner { Out = output })
        {
            Assert.Equal(143, runner.Run(job).ExitCode);
        }
        Assert.Equal(["model.safetensors", "model.safetensors.checkpoint"], _folder.Names.Order());
        Assert.Equal(0, CliRunner.Plain([.. job, "--resume"]).ExitCode);
        Assert.Contains("model.last.safetensors", _folder.Names);
    }

    [Theory]
    [InlineData("a training run with seed 1 instead of 2", 3, "--seed", "2")]
    [InlineData("a training run with epochs 3 instead of 4", 4)]
    [InlineData("another model", 3, "--model", "rnn")]
    public void A_job_does_not_take_another_runs_model_for_its_own(string difference, int epochs, params string[] more)
    {
        var model = _folder["model.safetensors"];
        CliRunner.Plain(Tiny.Train(model, 3, "--no-report"));
        CliRunner
            .Plain(Tiny.Train(model, epochs, [.. more, "--resume", "auto"]))
            .AssertFailed(
                1,
                $"{model} is of {difference}, and there is no checkpoint to continue from; give the settings it was "
                    + "trained with, train it further with --from, name another file with --out, or train from the "
                    + "beginning without --resume."
            );
    }

    [Fact]
    public void A_job_that_was_stopped_without_a_checkpoint_is_not_taken_for_ended()
    {
        var model = _folder["model.safetensors"];
        string[] job = Tiny.Train(model, 60, "--resume", "auto", "--checkpoint", "0");
        CliRunner? runner = null;
        using var output = new FailingWriter(2, () => runner!.Interruption.Receive(Interruption.Terminate));
        using (runner = new CliRunner { Out = output })
        {
            runner.Run(job);
        }
        var result = CliRunner.Plain(job);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("is of a training run that was stopped in epoch ", result.Error);
    }

    [Fact]
    public void The_best_model_is_saved_and_described()
    {
        var model = _folder["model.safetensors"];
        var options = "--validation 0.2 --patience 2 --lr 5".Split(' ');
        var result = CliRunner.Plain(Tiny.Train(model, 200, options));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(" (100 for validation)", result.Out);
        Assert.Contains(": the validation loss stopped improving\n", result.Out);
        var training = TrainedModel.Load(model).Training;
        Assert.Contains($"after epoch {training.Epochs}, the best; saved\n", result.Out);
        Assert.NotNull(training.ValidationPerplexity);
        Assert.Contains("\"validationPerplexity\":", CliRunner.Plain(Tiny.Train(model, 2, [.. options, "--json"])).Out);
    }

    [Theory]
    [InlineData("--validation 0.001 leaves 0 of 500 characters to measure on and 2 are needed", "0.001")]
    [InlineData("--batch 4 and --steps 8 need 40 characters and there are 30", "0.5", "60")]
    public void A_text_too_short_to_measure_on_is_said(string problem, string fraction, string tokens = "500")
    {
        var arguments = Tiny.Train(_folder["model.safetensors"], 1, "--validation", fraction);
        var result = CliRunner.Plain([.. arguments.Select(a => a == "500" ? tokens : a)]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(problem, result.Error);
    }

    [Theory]
    [InlineData("--patience needs a validation text; add --validation 0.1.", "--patience", "3")]
    [InlineData(
        "--checkpoint is \"5\" and must be a time such as 30s, 5m or 1.5h, up to 24h; recurrent train --help shows how it is used.",
        "--checkpoint",
        "5"
    )]
    public void Wrong_options_are_said(string sentence, params string[] options) =>
        CliRunner.Plain(Tiny.Train(_folder["model.safetensors"], 1, options)).AssertFailed(2, sentence);

    [Theory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task Ended_at_any_moment_it_goes_on_to_the_same_file(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals of Unix.");
        var (model, whole) = (_folder["model.safetensors"], _folder["whole.safetensors"]);
        string[] options = [.. "--optimizer adam --validation 0.2 --checkpoint 0.05s --resume auto".Split(' ')];
        const int epochs = 2000;
        var random = new RandomStream(1, 0);
        for (var times = 0UL; times < 3; times++)
        {
            using var process = RecurrentProcess.Start(Tiny.Train(model, epochs, options));
            for (var wait = 0; wait < 6000 && !process.HasExited && !File.Exists(model + ".checkpoint"); wait++)
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
            await Task.Delay(random.Below(250, times), TestContext.Current.CancellationToken);
            await RecurrentProcess.SignalAsync(process, signal);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(exitCode, process.ExitCode);
        }
        Assert.True(File.Exists(model + ".checkpoint"), "The training was over before it was ended.");
        var result = await RecurrentProcess.RunAsync(Tiny.Train(model, epochs, options));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        await RecurrentProcess.RunAsync([.. Tiny.Train(whole, epochs, options)]);
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(model));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.checkpoint"));
    }
}
