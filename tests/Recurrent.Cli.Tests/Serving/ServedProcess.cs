using System.Collections.Concurrent;
using System.Diagnostics;

namespace Recurrent.Cli.Tests.Serving;

/// <summary>The command line <c>recurrent serve</c> as a process of its own, at any free port.</summary>
internal sealed class ServedProcess : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _records = new();
    private readonly TaskCompletionSource _errorsEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServedProcess(Process process, Uri address)
    {
        (_process, Client) = (process, new HttpClient { BaseAddress = address });
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                _errorsEnd.TrySetResult();
            }
            else
            {
                (line.Data is ['{', ..] ? _records : _errors).Enqueue(line.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    /// <summary>A client of it.</summary>
    public HttpClient Client { get; }

    /// <summary>The lines of its standard error so far, but for those that are objects.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>The objects of its log so far.</summary>
    public IReadOnlyCollection<string> Records => _records;

    /// <summary>The memory that it holds, in bytes; only Linux tells.</summary>
    public long Memory =>
        long.Parse(
            File.ReadLines($"/proc/{_process.Id}/status")
                .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]
        ) * 1024;

    /// <summary>Starts it, and waits until it serves.</summary>
    /// <param name="arguments">What stands behind <c>serve</c>.</param>
    /// <param name="environment">Variables of its environment.</param>
    public static async Task<ServedProcess> StartAsync(
        IEnumerable<string> arguments,
        params IEnumerable<(string Name, string Value)> environment
    )
    {
        const string Before = " at ";
        var cli = Path.Combine(AppContext.BaseDirectory, "Recurrent.Cli.dll");
        var start = new ProcessStartInfo("dotnet", [cli, "serve", .. arguments, "--port", "0"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(s_limit);
        if (line is null)
        {
            throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        }
        var address = line[(line.IndexOf(Before, StringComparison.Ordinal) + Before.Length)..].Split(',')[0];
        return new(process, new Uri(address));
    }

    /// <summary>Sends it a signal.</summary>
    /// <param name="name">Its name without SIG.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits until so many lines of its standard error are there that begin so, and gives the last.</summary>
    public async Task<string> ErrorAsync(string beginning, int count = 1)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (true)
        {
            var found = _errors.Where(line => line.StartsWith(beginning, StringComparison.Ordinal)).ToList();
            if (found.Count >= count)
            {
                return found[^1];
            }
            await Task.Delay(5, limit.Token);
        }
    }

    /// <summary>Waits for its end and that of its output, and gives the exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        await _errorsEnd.Task.WaitAsync(s_limit);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
