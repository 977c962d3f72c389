using System.Diagnostics;

namespace Recurrent.Cli.Tests.Support;

/// <summary>Runs the built command line as a process of its own.</summary>
internal static class RecurrentProcess
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>The command line that starts it, for a shell.</summary>
    public static string CommandLine => $"dotnet {Path.Combine(AppContext.BaseDirectory, "Recurrent.Cli.dll")}";

    /// <summary>Runs it to its end.</summary>
    public static Task<CliResult> RunAsync(params string[] arguments) =>
        FinishAsync(Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Recurrent.Cli.dll"), .. arguments]));

    /// <summary>Runs a line of the shell, in a folder.</summary>
    public static Task<CliResult> ShellAsync(string line, string folder) =>
        FinishAsync(Start("/bin/sh", ["-c", line], folder));

    /// <summary>Starts it, and leaves it to the caller to read its output.</summary>
    public static Process Start(params string[] arguments) =>
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Recurrent.Cli.dll"), .. arguments]);

    /// <summary>Starts a program, and leaves it to the caller to read its output.</summary>
    public static Process Start(string file, IEnumerable<string> arguments, string folder = "")
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Reads its output up to a line that begins so; ends it when none comes in time.</summary>
    public static Task WaitForLineAsync(Process process, string beginning) =>
        ReadToAsync(process, process.StandardOutput, line => line.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>Reads what a process writes up to the wanted line; ends it when none comes in time.</summary>
    public static async Task<string> ReadToAsync(Process process, StreamReader reader, Func<string, bool> isWanted)
    {
        using var limit = Limit();
        try
        {
            string? line;
            do
            {
                line = await reader.ReadLineAsync(limit.Token);
                Assert.NotNull(line);
            } while (!isWanted(line));
            return line;
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Waits until it has made a file; ends it when it does not in time.</summary>
    public static async Task WaitForFileAsync(Process process, string path)
    {
        using var limit = Limit();
        try
        {
            while (!File.Exists(path))
            {
                Assert.False(process.HasExited);
                await Task.Delay(20, limit.Token);
            }
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Sends it a signal.</summary>
    /// <param name="process">The process.</param>
    /// <param name="name">The signal's name without SIG.</param>
    public static async Task SignalAsync(Process process, string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -s {name} {process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits for its end.</summary>
    public static async Task<CliResult> FinishAsync(Process process)
    {
        using (process)
        {
            using var limit = Limit();
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(limit.Token);
                var error = process.StandardError.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token);
                return new CliResult(process.ExitCode, await output, await error);
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
    }

    private static CancellationTokenSource Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(s_limit);
        return limit;
    }
}
