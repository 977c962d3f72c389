using System.Diagnostics;
using System.Text.RegularExpressions;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests;

/// <summary>Jobs of several processes: their bytes, what they print, and how they end.</summary>
[Collection(MpiJob.Alone)]
public sealed partial class MpiTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Four_processes_train_the_bytes_of_one_and_print_its_lines()
    {
        MpiJob.Require();
        var alone = CliRunner.Plain(Tiny.Train(_folder["alone.safetensors"], 3, "--shards", "4"));
        var result = await MpiJob.RunAsync(4, Tiny.Train(Model, 3, "--shards", "4"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(File.ReadAllBytes(_folder["alone.safetensors"]), File.ReadAllBytes(Model));
        Assert.DoesNotContain('\e', result.Out);
        Assert.Contains("; 4 ranks on 1 machine, 4 shards, 1 thread each, Open MPI ", result.Lines[0]);
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
    public async Task A_process_alone_opens_no_library_of_MPI_and_a_rank_does()
    {
        MpiJob.Require();
        using var alone = RecurrentProcess.Start(Long(Model, 1_000_000));
        await RecurrentProcess.WaitForLineAsync(alone, "epoch       1/");
        var maps = await MapsAsync(alone.Id);
        alone.Kill();
        await RecurrentProcess.FinishAsync(alone);
        Assert.Contains("System.Private.CoreLib", maps);
        Assert.DoesNotContain("libmpi", maps);

        using var job = await StartLongAsync(2, 1_000_000);
        maps = await MapsAsync(MpiJob.ProcessOf(job, 1));
        Assert.Contains("libmpi.so", maps);
        job.Kill(entireProcessTree: true);
        await MpiJob.FinishAsync(job);

        static Task<string> MapsAsync(int process) =>
            File.ReadAllTextAsync($"/proc/{process}/maps", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_job_that_is_killed_or_told_to_stop_goes_on_in_any_number_of_processes_to_the_bytes_of_one()
    {
        MpiJob.Require();
        const int epochs = 300;
        var job = await StartLongAsync(2, epochs, "--checkpoint", "0.2s");
        await RecurrentProcess.WaitForFileAsync(job, Model + ".checkpoint");
        Signal("KILL", MpiJob.ProcessOf(job, 1));
        var time = TimeProvider.System.GetTimestamp();
        var killed = await MpiJob.FinishAsync(job);
        Assert.InRange(TimeProvider.System.GetElapsedTime(time).TotalSeconds, 0, 20); // it waits for no time-out
        Assert.NotEqual(0, killed.ExitCode);
        Assert.False(File.Exists(Model));

        job = await StartLongAsync(4, epochs, "--resume");
        Signal("USR2", job.Id);
        AssertStopped(await MpiJob.FinishAsync(job));
        job = await StartLongAsync(2, epochs, "--resume");
        Signal("USR1", MpiJob.ProcessOf(job, 1));
        AssertStopped(await MpiJob.FinishAsync(job));

        var alone = CliRunner.Plain(Long(Model, epochs, "--resume"));
        Assert.Equal((0, ""), (alone.ExitCode, alone.Error));
        CliRunner.Plain(Long(_folder["other.safetensors"], epochs));
        Assert.Equal(File.ReadAllBytes(_folder["other.safetensors"]), File.ReadAllBytes(Model));

        static void AssertStopped(CliResult job)
        {
            Assert.NotEqual(0, job.ExitCode);
            Assert.DoesNotContain("rank ", job.Error);
            Assert.Matches("(?m)^stopped in epoch [0-9]+ of 300; --resume continues$", job.Out);
        }
    }

    [Fact]
    public async Task An_interrupted_launcher_lets_all_processes_stop_and_save()
    {
        MpiJob.Require();
        // It passes the signal on after that time, as SIGTERM, and then waits for as long again.
        using var job = await StartLongAsync(2, 1_000_000, options: ["--mca", "odls_base_sigkill_timeout", "2"]);
        Signal("INT", job.Id);
        await RecurrentProcess.WaitForFileAsync(job, Model);
        Assert.True(File.Exists(Model + ".checkpoint"));
        job.Kill(entireProcessTree: true); // it lets nobody end before that time
    }

    [Fact]
    public async Task A_process_that_hangs_ends_the_job_and_is_named()
    {
        MpiJob.Require();
        var job = await StartLongAsync(2, 1_000_000, "--exchange-timeout", "2s");
        Signal("STOP", MpiJob.ProcessOf(job, 1));
        var result = await MpiJob.FinishAsync(job);
        Assert.NotEqual(0, result.ExitCode);
        AssertHangs(Environment.MachineName, Environment.MachineName, result.Error);
    }

    [Fact]
    public async Task Two_jobs_at_once_do_not_know_of_each_other_and_give_the_objects_of_one_process_each()
    {
        MpiJob.Require();
        var names = new[] { _folder["a.safetensors"], _folder["b.safetensors"] };
        var results = await Task.WhenAll(
            names.Select(name => MpiJob.RunAsync(2, Tiny.Train(name, 3, "--shards", "2", "--json")))
        );
        Assert.All(results, result => Assert.Equal((0, ""), (result.ExitCode, result.Error)));
        Assert.All(results.SelectMany(result => result.Lines), line => Assert.StartsWith("{\"event\":", line));
        Assert.All(
            results,
            result =>
                Assert.Single(result.Lines, line => line.StartsWith("{\"event\":\"end\"", StringComparison.Ordinal))
        );
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
    public async Task Processors_that_are_not_alike_share_a_budget_by_the_plan_of_the_first()
    {
        MpiJob.Require();
        string[] train = [.. $"train story --budget 1s --shards 2 --no-report --out {Model}".Split(' ')];
        string[] part = ["-n", "1", "env", .. MpiJob.Program, .. train];
        string[] narrow = ["-n", "1", "env", "DOTNET_EnableAVX2=0", .. MpiJob.Program, .. train];
        var result = await MpiJob.FinishAsync(MpiJob.Start([.. part, ":", .. narrow]));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.EndsWith($"model saved: {Model}\n", result.Out);
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

    private Task<Process> StartLongAsync(int ranks, int epochs, params string[] more) =>
        StartLongAsync(ranks, epochs, options: [], more);

    /// <summary>Starts a job and waits until it has trained an epoch.</summary>
    private async Task<Process> StartLongAsync(int ranks, int epochs, string[] options, params string[] more)
    {
        var job = MpiJob.Start(["-n", $"{ranks}", .. options], Long(Model, epochs, more));
        await RecurrentProcess.WaitForLineAsync(job, "epoch ");
        return job;
    }

    /// <summary>Rank 0 has waited for the time-out of 2 s, or longer on a busy machine, and names rank 1.</summary>
    private static void AssertHangs(string host0, string host1, string error)
    {
        const string time = @"([2-9]|[1-3][0-9])\.[0-9] s, longer than --exchange-timeout";
        Assert.Matches($"^rank 0 on {host0}: an exchange has taken {time}: rank 1 on {host1} hangs, ", error);
    }
}
