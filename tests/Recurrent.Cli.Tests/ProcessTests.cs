using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests;

/// <summary>What only a process of its own can show: exit codes, pipes, signals and terminals.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Trains_into_the_current_folder_and_generates_from_there()
    {
        RequireShell();
        _folder.Write("my text.txt", string.Concat(Enumerable.Repeat("so much depends upon a red wheel barrow\n", 40)));
        var train = $"{RecurrentProcess.CommandLine} train 'my text.txt' --epochs 2 --hidden 8";
        var trained = await RecurrentProcess.ShellAsync(train, _folder.Path);
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        Assert.EndsWith("model saved: my text.safetensors\n", trained.Out);
        Assert.DoesNotContain('\e', trained.Out);

        var generate = $"{RecurrentProcess.CommandLine} generate 'my text.safetensors' --prompt 'so ' --length 5";
        var generated = await RecurrentProcess.ShellAsync(generate, _folder.Path);
        Assert.Equal((0, 9), (generated.ExitCode, generated.Out.Length));
    }

    [Fact]
    public async Task A_processor_without_fused_multiply_adds_trains_the_same_bytes()
    {
        RequireShell();
        CliRunner.Plain(Tiny.Train(Model));
        var train = string.Join(' ', Tiny.Train(_folder["other.safetensors"]));
        var result = await RecurrentProcess.ShellAsync(
            $"DOTNET_EnableAVX2=0 {RecurrentProcess.CommandLine} {train}",
            _folder.Path
        );
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(File.ReadAllBytes(Model), File.ReadAllBytes(_folder["other.safetensors"]));
    }

    [Theory]
    [InlineData(2, "train", "--hidden", "0")]
    [InlineData(1, "train", "no-such-text")]
    [InlineData(1, "generate", "no-such-model")]
    [InlineData(0, "--version")]
    public async Task Exit_codes_are_those_of_the_command_line(int exitCode, params string[] arguments)
    {
        var result = await RecurrentProcess.RunAsync(arguments);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(exitCode == 0 ? 0 : 1, result.Error.Count(character => character == '\n'));
    }

    [Theory]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_saves_and_ends_with_its_code(string signal, int exitCode)
    {
        RequireShell();
        using var process = RecurrentProcess.Start(Tiny.Train(Model, 1_000_000));
        await RecurrentProcess.WaitForLineAsync(process, "epoch      50/");
        await RecurrentProcess.SignalAsync(process, signal);
        var result = await RecurrentProcess.FinishAsync(process);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Error));
        Assert.Contains("stopped in epoch ", result.Out);
        Assert.EndsWith($"model saved: {Model}\n", result.Out);
        Assert.InRange(TrainedModel.Load(Model).Training.Epochs, 50, 999_999);
    }

    [Fact]
    public async Task A_signal_before_training_begins_leaves_nothing_behind()
    {
        RequireShell();
        // The text is a pipe that nobody writes to, so that reading goes on until the signal.
        await RecurrentProcess.ShellAsync("mkfifo text", _folder.Path);
        using var process = RecurrentProcess.Start("train", _folder["text"], "--out", Model);
        await RecurrentProcess.WaitForFileAsync(process, Model + ".lock");
        await RecurrentProcess.SignalAsync(process, "INT");
        var result = await RecurrentProcess.FinishAsync(process);
        Assert.Equal((130, "", ""), (result.ExitCode, result.Out, result.Error));
        Assert.Equal(["text"], _folder.Names);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_it_without_a_word()
    {
        RequireShell();
        CliRunner.Plain(Tiny.Train(Model));
        var result = await RecurrentProcess.ShellAsync(
            $"{{ {RecurrentProcess.CommandLine} generate {Model} --length 1000000; echo \"exit $?\" >&2; }} | head -c 1",
            _folder.Path
        );
        Assert.Equal(("exit 141\n", 1), (result.Error, result.Out.Length));
    }

    [Fact]
    public async Task A_full_disk_behind_the_output_is_one_sentence()
    {
        RequireShell();
        Assert.SkipUnless(File.Exists("/dev/full"), "Only Linux has a device that is always full.");
        var train = string.Join(' ', Tiny.Train(Model));
        var result = await RecurrentProcess.ShellAsync(
            $"{RecurrentProcess.CommandLine} {train} > /dev/full",
            _folder.Path
        );
        result.AssertFailed(
            1,
            "Cannot write to standard output (No space left on device); redirect it somewhere else."
        );
    }

    [Theory]
    [InlineData("inspect nothing.safetensors", 1)]
    [InlineData("train --hidden 0", 2)]
    [InlineData("train", 0)]
    [InlineData("info", 0)]
    public async Task A_standard_error_that_is_full_or_closed_changes_nothing(string line, int exitCode)
    {
        RequireShell();
        line = line == "train" ? string.Join(' ', Tiny.Train(Model, 3, "--model", "rnn", "--bidirectional")) : line;
        foreach (var redirection in File.Exists("/dev/full") ? ["2>&-", "2>/dev/full"] : new[] { "2>&-" })
        {
            var result = await RecurrentProcess.ShellAsync(
                $"{RecurrentProcess.CommandLine} {line} {redirection}; echo \"exit $?\"",
                _folder.Path
            );
            Assert.EndsWith($"exit {exitCode}\n", result.Out);
            Assert.Equal("", result.Error);
        }
    }

    [Theory]
    [InlineData("info")]
    [InlineData("help train")]
    [InlineData("vocabulary story --json")]
    public async Task A_standard_output_that_is_closed_is_one_sentence(string line)
    {
        RequireShell();
        var result = await RecurrentProcess.ShellAsync($"{RecurrentProcess.CommandLine} {line} >&-", _folder.Path);
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(@"^Cannot write to standard output \([^()]+\); redirect it somewhere else\.\n$", result.Error);
    }

    [Fact]
    public async Task A_model_cannot_be_written_to_a_pipe()
    {
        RequireShell();
        Assert.SkipUnless(Directory.Exists("/proc/self/fd"), "Only Linux names the ends of pipes so.");
        var train = string.Join(' ', Tiny.Train("/dev/stdout"));
        var result = await RecurrentProcess.ShellAsync($"{RecurrentProcess.CommandLine} {train} | cat", _folder.Path);
        Assert.Equal(("", "Cannot write /dev/stdout: it is a device; name a file.\n"), (result.Out, result.Error));
    }

    [Fact]
    public async Task A_standard_input_that_is_a_folder_is_said()
    {
        RequireShell();
        var result = await RecurrentProcess.ShellAsync(
            $"{RecurrentProcess.CommandLine} vocabulary - < {_folder.Path}",
            _folder.Path
        );
        result.AssertFailed(1, "Standard input is a folder; name the folder instead of -.");
    }

    [Theory]
    [InlineData("train -")]
    [InlineData("train story --validation-text -")]
    [InlineData("vocabulary -")]
    [InlineData("evaluate MODEL -")]
    [InlineData("evaluate MODEL story --training -")]
    [InlineData("compare MODEL MODEL -")]
    [InlineData("score MODEL -")]
    [InlineData("score MODEL")]
    [InlineData("generate MODEL --prompt-file -")]
    public async Task A_standard_input_that_is_closed_is_said(string line)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells what a descriptor was opened for.");
        CliRunner.Plain(Tiny.Train(Model));
        var result = await RecurrentProcess.ShellAsync(
            $"{RecurrentProcess.CommandLine} {line.Replace("MODEL", Model)} <&-",
            _folder.Path
        );
        result.AssertFailed(1, "Standard input is closed; pipe a text in, or name a file instead of -.");
    }

    [Fact]
    public async Task A_limit_on_the_size_of_files_is_one_sentence_and_leaves_the_old_model_whole()
    {
        RequireShell();
        CliRunner.Plain(Tiny.Train(Model));
        var old = File.ReadAllBytes(Model);
        var train = string.Join(' ', Tiny.Train(Model, 4));
        // The runtime itself makes a large file for its code unless it is told not to.
        var result = await RecurrentProcess.ShellAsync(
            $"trap '' XFSZ; ulimit -f 4; DOTNET_EnableWriteXorExecute=0 {RecurrentProcess.CommandLine} {train} > /dev/null",
            _folder.Path
        );
        result.AssertFailed(
            1,
            $"Cannot write {Model}: the file is larger than the file system or a limit allows; choose another disk or raise "
                + "the limit (ulimit -f)."
        );
        Assert.Equal(old, File.ReadAllBytes(Model));
        Assert.Equal(["model.report.html", "model.safetensors"], _folder.Names);
    }

    [Fact]
    public async Task Output_and_errors_share_a_file_in_order()
    {
        RequireShell();
        CliRunner.Plain(Tiny.Train(Model));
        var result = await RecurrentProcess.ShellAsync(
            $"{RecurrentProcess.CommandLine} generate {Model} --prompt '!' --length 1 > both 2>&1; cat both",
            _folder.Path
        );
        Assert.StartsWith("The model has never seen \"!\" and reads <unk> instead.\n!", result.Out);
    }

    [Theory]
    [InlineData("TERM=xterm", true, true)]
    [InlineData("TERM=xterm NO_COLOR=1", true, false)]
    [InlineData("TERM=dumb", false, false)]
    public async Task A_terminal_is_taken_for_what_it_says_it_is(string environment, bool live, bool color)
    {
        RequireShell();
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no program script here to make a terminal.");
        var train = string.Join(' ', Tiny.Train(Model));
        var result = await RecurrentProcess.ShellAsync(
            $"env -u NO_COLOR {environment} /usr/bin/script -qec '{RecurrentProcess.CommandLine} {train}' /dev/null",
            _folder.Path
        );
        Assert.Contains("model saved: ", result.Out);
        Assert.Equal(live, result.Out.Contains("\e[J"));
        Assert.Equal(color, result.Out.Contains("\e[36m"));
    }

    private static void RequireShell() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no shell, signals and devices of Unix.");
}
