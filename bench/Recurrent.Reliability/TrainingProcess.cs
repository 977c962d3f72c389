using System.Diagnostics;
using System.Text;

namespace Recurrent.Reliability;

/// <summary>The command line <c>recurrent train</c> as a process of its own.</summary>
internal sealed class TrainingProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TrainingProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not { Length: > 0 } || line.Data.StartsWith("{\"epoch\"", StringComparison.Ordinal))
            {
                _firstLine.TrySetResult(); // also at the end, so that nobody waits for ever
            }
        };
        _process.ErrorDataReceived += (_, line) => _error.AppendLine(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Ended after the first epoch was reported.</summary>
    public Task FirstEpoch => _firstLine.Task;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to its standard error, once it has ended.</summary>
    public string Error => _error.ToString().Trim();

    /// <summary>Starts it.</summary>
    /// <param name="model">The file to write.</param>
    /// <param name="options">Further options.</param>
    /// <param name="shell">What a shell does before it becomes the training; nothing by default.</param>
    public static TrainingProcess Start(string model, string options, string shell = "")
    {
        var cli = Path.Combine(AppContext.BaseDirectory, "Recurrent.Cli.dll");
        var command = $"{shell} exec dotnet '{cli}' train --out '{model}' --json {options}";
        var start = new ProcessStartInfo("/bin/sh", ["-c", command])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new TrainingProcess(process);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Error)> RunAsync(string model, string options)
    {
        using var process = Start(model, options);
        await process.WaitAsync();
        return (process.ExitCode, process.Error);
    }

    /// <summary>Waits for its end and that of its output.</summary>
    public Task WaitAsync() => _process.WaitForExitAsync();

    /// <summary>Waits a while.</summary>
    /// <returns>Whether it ended meanwhile.</returns>
    public async Task<bool> EndsWithinAsync(TimeSpan delay)
    {
        await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(delay));
        return _process.HasExited;
    }

    /// <summary>Sends it a signal.</summary>
    /// <param name="name">Its name without SIG.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
