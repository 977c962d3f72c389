using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Recurrent.Cli.Tests.Support;

/// <summary>Starts the built command line as a job of several processes, with Debian's Open MPI.</summary>
internal static partial class MpiJob
{
    /// <summary>The tests of jobs, which do not run beside each other.</summary>
    public const string Alone = "jobs";

    private const string Launcher = "/usr/bin/mpirun.openmpi";

    /// <summary>What may be started: root too, and more processes than processors.</summary>
    private static readonly string[] s_here = ["--allow-run-as-root", "--oversubscribe"];

    /// <summary>Skips the test where there is no Open MPI.</summary>
    public static void Require() => Assert.SkipUnless(File.Exists(Launcher), "There is no Open MPI here.");

    /// <summary>Runs it to its end.</summary>
    public static Task<CliResult> RunAsync(int ranks, params string[] arguments) =>
        FinishAsync(Start(ranks, arguments));

    /// <summary>Waits for its end; errors are the program's, without lines of the launcher's own.</summary>
    public static async Task<CliResult> FinishAsync(Process job)
    {
        var result = await RecurrentProcess.FinishAsync(job);
        return result with { Error = string.Join('\n', result.Error.Split('\n').Where(IsOwn)) };
    }

    /// <summary>The next line of the program's own errors.</summary>
    public static Task<string> ErrorLineAsync(Process job) =>
        RecurrentProcess.ReadToAsync(job, job.StandardError, IsOwn);

    /// <summary>Starts it, and leaves it to the caller to read its output.</summary>
    public static Process Start(int ranks, params string[] arguments) => Start(["-n", $"{ranks}"], arguments);

    /// <summary>Starts it with more options of the launcher, in which a colon begins other processes.</summary>
    public static Process Start(string[] options, string[] arguments) => Start([.. options, .. Program, .. arguments]);

    /// <summary>Starts any line of the launcher.</summary>
    public static Process Start(string[] line) => RecurrentProcess.Start(Launcher, [.. s_here, .. line]);

    /// <summary>The command line itself.</summary>
    public static string[] Program => RecurrentProcess.CommandLine.Split(' ');

    /// <summary>The process of a rank.</summary>
    public static int ProcessOf(Process job, int rank)
    {
        var children = File.ReadAllText($"/proc/{job.Id}/task/{job.Id}/children").Split(' ');
        return children.Where(id => id.Length > 0).Select(int.Parse).Single(IsRank);

        bool IsRank(int id) =>
            File.ReadAllText($"/proc/{id}/environ").Split('\0').Contains($"OMPI_COMM_WORLD_RANK={rank}");
    }

    /// <summary>The launcher warns of what does not matter, as of a process that ended before it was grouped.</summary>
    private static bool IsOwn(string line) => !LauncherLine().IsMatch(line);

    [GeneratedRegex(@"^\[[^\]]+:[0-9]+\] ", RegexOptions.None, 1000)]
    private static partial Regex LauncherLine();
}
