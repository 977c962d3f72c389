using System.Diagnostics;
using System.Security.Cryptography;
using Recurrent.Server.Tests.Support;
using Recurrent.Tests;

namespace Recurrent.Server.Tests;

/// <summary>Clients that others wrote, in JavaScript, where there is Node and its packages can be fetched.</summary>
public sealed class ForeignClientTests() : Serving("gru", "lstm-bytes", "gru-words")
{
    private const string Folder = "tests/Recurrent.Server.Tests/Clients";

    private protected override ServerOptions Options => new() { ApiKeys = ["secret"], ChatSeparator = "" };

    [Fact]
    public async Task Every_client_is_told_what_a_plain_request_is()
    {
        var folder = await InstallAsync();
        var (exitCode, output) = await RunAsync(
            "node",
            folder,
            "clients.mjs",
            $"http://127.0.0.1:{Server.Port}",
            "secret"
        );
        var lines = output.Split('\n');
        var failures = lines.Where(line => !line.StartsWith("ok ", StringComparison.Ordinal));
        Assert.True(exitCode == 0, string.Join('\n', failures.Take(200)));
        Assert.InRange(lines.Count(line => line.StartsWith("ok ", StringComparison.Ordinal)), 250, int.MaxValue);
    }

    /// <summary>Installs the packages, once for each lock file; skips where that cannot be done.</summary>
    private static async Task<string> InstallAsync()
    {
        string[] files = ["package.json", "package-lock.json", "clients.mjs"];
        var hash = SHA256.HashData(await File.ReadAllBytesAsync(Repository.PathOf($"{Folder}/package-lock.json")));
        var folder = Path.Combine(Path.GetTempPath(), $"recurrent-clients-{Convert.ToHexStringLower(hash)[..8]}");
        Directory.CreateDirectory(folder);
        foreach (var file in files)
        {
            File.Copy(Repository.PathOf($"{Folder}/{file}"), Path.Combine(folder, file), overwrite: true);
        }
        var done = Path.Combine(folder, "node_modules", ".complete");
        if (!File.Exists(done))
        {
            var (exitCode, output) = await RunAsync("npm", folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            Assert.SkipUnless(exitCode == 0, $"The clients' packages cannot be fetched: {output.Split('\n')[0]}");
            await File.WriteAllTextAsync(done, "");
        }
        return folder;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        string folder,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"There is no {program} here.");
            throw;
        }
        using (process)
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await error + await output);
        }
    }
}
