using System.Diagnostics;
using System.Text.RegularExpressions;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests;

/// <summary>Jobs of several processes: their bytes, what they print, and how they end.</summary>
public sealed partial class MpiTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Any_number_of_processes_trains_the_bytes_of_one_and_prints_its_lines(int ranks)
    {
        MpiJob.Require();
        var alone = CliRunner.Plain(Tiny.Train(_folder["alone.safetensors"], 3, "--shards", "4"));
        var result = await MpiJob.RunAsync(ranks, Tiny.Train(Model, 3, "--shards", "4"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(File.ReadAllBytes(_folder["alone.safetensors"]), File.ReadAllBytes(Model));
        Assert.DoesNotContain('\e', result.Out);
        Assert.Contains($"; {ranks} ranks on 1 machine, 4 shards, 1 thread each, Open MPI ", result.Lines[0]);
        var own = result.Lines.Where(line => !line.StartsWith("exchange ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(result.Lines.Length - 1, own.Length);
        Assert.Equal(Timeless(alone.Lines[1..^2]), Timeless(own[1..^2]));
        Assert.Equal(["model.report.html", "model.safetensors"], _folder.Names.Where(name => name![0] == 'm'));

        static IEnumerable<string> Timeless(IEnumerable<string> lines) =>
            lines
                .Where(line => !line.StartsWith("tokens/s", StringComparison.Ordinal))
                .Select(line => line.Contains(" after ") ? line.Split(" in ")[0] : Speed().Replace(line, " "));
    }

    [Fact]
    public async Task Objects_are_those_of_one_process()
    {
        MpiJob.Require();
        var result = await MpiJob.RunAsync(2, Tiny.Train(Model, 3, "--shards", "4", "--json"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.All(result.Lines, line => Assert.StartsWith("{\"event\":", line));
        Assert.Single(result.Lines, line => line.StartsWith("{\"event\":\"end\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_alone_opens_no_library_of_MPI_and_a_rank_does()
    {
        MpiJob.Require();
        using var alone = RecurrentProcess.Start(Long(Model, 600));
        await RecurrentProcess.WaitForLineAsync(alone, "epoch   1/");
        var maps = await MapsAsync(alone.Id);
        alone.Kill();
        await RecurrentProcess.FinishAsync(alone);
        Assert.Contains("System.Private.CoreLib", maps);
        Assert.DoesNotContain("libmpi", maps);

        using var job = await StartLongAsync(["-n", "2"], 600);
        maps = await MapsAsync(MpiJob.ProcessOf(job, 1));
        Assert.Contains("libmpi.so", maps);
        job.Kill(entireProcessTree: true);
        await MpiJob.FinishAsync(job);

        static Task<string> MapsAsync(int process) =>
            File.ReadAllTextAsync($"/proc/{process}/maps", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_process_that_is_killed_ends_the_job_and_the_checkpoint_goes_on_alone()
    {
        MpiJob.Require();
        var job = await StartLongAsync(["-n", "2"], 600, "--checkpoint", "0.2s");
        while (!File.Exists(Model + ".checkpoint"))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        Signal("KILL", MpiJob.ProcessOf(job, 1));
        var time = TimeProvider.System.GetTimestamp();
        var result = await MpiJob.FinishAsync(job);
        Assert.InRange(TimeProvider.System.GetElapsedTime(time).TotalSeconds, 0, 20); // it waits for no time-out
        Assert.NotEqual(0, result.ExitCode);
        Assert.False(File.Exists(Model));
        AssertGoesOn(600, CliRunner.Plain(Long(Model, 600, "--resume")));
    }

    [Fact]
    public async Task A_process_that_hangs_ends_the_job_and_is_named()
    {
        MpiJob.Require();
        var job = await StartLongAsync(["-n", "2"], 600, "--exchange-timeout", "2s");
        Signal("STOP", MpiJob.ProcessOf(job, 1));
        var result = await MpiJob.FinishAsync(job);
        Assert.NotEqual(0, result.ExitCode);
        AssertHangs(Environment.MachineName, Environment.MachineName, result.Error);
    }

    [Theory]
    [InlineData("INT", null, 600, 1)] // which the launcher passes on after a second, as SIGTERM
    [InlineData("USR2", null, 400, 2)]
    [InlineData("USR1", 1, 400, 4)]
    public async Task A_signal_to_the_job_or_to_one_process_stops_all_and_any_number_goes_on(
        string signal,
        int? rank,
        int epochs,
        int ranksOnResuming
    )
    {
        MpiJob.Require();
        // A second after that it kills what is still there, unless it is told to wait.
        string[] patience = signal == "INT" ? ["--mca", "odls_base_sigkill_timeout", "2"] : [];
        var job = await StartLongAsync(["-n", "2", .. patience], epochs);
        Signal(signal, rank is { } one ? MpiJob.ProcessOf(job, one) : job.Id);
        var stopped = await MpiJob.FinishAsync(job);
        Assert.NotEqual(0, stopped.ExitCode);
        Assert.DoesNotContain("rank ", stopped.Error);
        Assert.Matches("(?m)^stopped in epoch [0-9]+ of [0-9]+; --resume continues$", stopped.Out);
        AssertGoesOn(epochs, await MpiJob.RunAsync(ranksOnResuming, Long(Model, epochs, "--resume")));
    }

    [Fact]
    public async Task Two_jobs_at_once_do_not_know_of_each_other()
    {
        MpiJob.Require();
        var names = new[] { _folder["a.safetensors"], _folder["b.safetensors"] };
        var results = await Task.WhenAll(
            names.Select(name => MpiJob.RunAsync(2, Tiny.Train(name, 3, "--shards", "2")))
        );
        Assert.All(results, result => Assert.Equal((0, ""), (result.ExitCode, result.Error)));
        Assert.Equal(File.ReadAllBytes(names[0]), File.ReadAllBytes(names[1]));
    }

    [Fact]
    public async Task Processes_with_other_settings_are_refused_with_the_setting()
    {
        MpiJob.Require();
        var arguments = Tiny.Train(Model, 3, "--shards", "2");
        string[] options = ["-n", "1", .. MpiJob.Program, .. arguments, "--seed", "2", ":", "-n", "1"];
        var result = await MpiJob.FinishAsync(MpiJob.Start(options, arguments));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"Rank 1 on {Environment.MachineName} has seed 1 and rank 0 on ", result.Error);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public async Task Two_machines_train_the_bytes_of_one_and_a_cut_wire_is_named()
    {
        MpiJob.Require();
        using var hosts = TwoHosts.Start(_folder);
        CliRunner.Plain(Tiny.Train(_folder["alone.safetensors"], 3, "--shards", "4"));
        var result = await MpiJob.FinishAsync(hosts.Start(Tiny.Train(Model, 3, "--shards", "4")));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("; 2 ranks on 2 machines, 4 shards, 1 thread each, Open MPI ", result.Lines[0]);
        Assert.Equal(File.ReadAllBytes(_folder["alone.safetensors"]), File.ReadAllBytes(Model));

        using var job = hosts.Start(Long(Model, 100_000, "--exchange-timeout", "2s"));
        await RecurrentProcess.WaitForLineAsync(job, "epoch      1/");
        TwoHosts.Cut();
        AssertHangs("hosta", "hostb", await MpiJob.ErrorLineAsync(job));
        job.Kill(entireProcessTree: true); // the launcher waits for the other machine's
    }

    [GeneratedRegex(@" +[0-9,]+ tokens/s ", RegexOptions.None, 1000)]
    private static partial Regex Speed();

    private static string[] Long(string model, int epochs, params string[] more) =>
        Tiny.Train(model, epochs, ["--shards", "4", .. more]);

    private static void Signal(string name, int process)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -s {name} {process}"]);
        kill.WaitForExit();
    }

    private async Task<Process> StartLongAsync(string[] options, int epochs, params string[] more)
    {
        var job = MpiJob.Start(options, Long(Model, epochs, more));
        await RecurrentProcess.WaitForLineAsync(job, $"epoch {"1".PadLeft($"{epochs}".Length)}/");
        return job;
    }

    /// <summary>Rank 0 has waited for the time-out of 2 s, or longer where the machine was busy, and names rank 1.</summary>
    private static void AssertHangs(string host0, string host1, string error)
    {
        const string seconds = @"([2-9]|[1-3][0-9])\.[0-9] s";
        Assert.Matches(
            $"^rank 0 on {host0}: an exchange has taken {seconds}, longer than --exchange-timeout: rank 1 on {host1} hangs, ",
            error
        );
    }

    /// <summary>It goes on to the bytes of one process that nobody has disturbed.</summary>
    private void AssertGoesOn(int epochs, CliResult result)
    {
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        CliRunner.Plain(Long(_folder["other.safetensors"], epochs));
        Assert.Equal(File.ReadAllBytes(_folder["other.safetensors"]), File.ReadAllBytes(Model));
    }
}
