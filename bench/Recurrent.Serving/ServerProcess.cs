using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Recurrent.Serving;

/// <summary>A server as a process of its own.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private const double BytesOfMegabyte = 1 << 20;
    private static readonly TimeSpan s_longestStart = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    private ServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>The memory that it holds now, in megabytes.</summary>
    public double Memory => Status("VmRSS");

    /// <summary>The most memory that it ever held, in megabytes.</summary>
    public double PeakMemory => Status("VmHWM");

    /// <summary>Starts a process.</summary>
    public static Process Launch(Command command)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    /// <summary>Starts a server and waits for the line that says where it listens.</summary>
    public static ServerProcess Start(Command command)
    {
        var process = Launch(command);
        var address = new TaskCompletionSource<Uri>();
        var lines = new List<string?>();
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!address.Task.Wait(s_longestStart))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"It did not start: {string.Join('\n', lines)}");
        }
        return new(process, address.Task.Result);

        void Read(string? line)
        {
            lock (lines)
            {
                lines.Add(line);
                if (line is not null && AddressIn().Match(line) is { Success: true } match)
                {
                    address.TrySetResult(new Uri(match.Value));
                }
            }
        }
    }

    /// <summary>The sum of a metric over all its labels.</summary>
    public double Metric(string name) =>
        _client
            .GetStringAsync(new Uri(Address, "metrics"))
            .GetAwaiter()
            .GetResult()
            .Split('\n')
            .Where(line =>
                line.StartsWith(name + "{", StringComparison.Ordinal)
                || line.StartsWith(name + " ", StringComparison.Ordinal)
            )
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>Posts JSON.</summary>
    /// <returns>The body of the answer, which must be a success.</returns>
    public async Task<string> PostAsync(string body, string path = "v1/completions")
    {
        using var content = new StringContent(body);
        using var response = await _client.PostAsync(new Uri(Address, path), content);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{body}: {text}");
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    /// <returns>How long it took, and the exit code.</returns>
    public async Task<(TimeSpan Time, int ExitCode)> EndAsync(string signal)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var kill = Process.Start("kill", ["-s", signal, $"{_process.Id}"]);
        await _process.WaitForExitAsync();
        return (TimeProvider.System.GetElapsedTime(start), _process.ExitCode);
    }

    public void Dispose()
    {
        _client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private double Status(string name)
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status")
            .First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[^2], CultureInfo.InvariantCulture) * 1024 / BytesOfMegabyte;
    }

    [GeneratedRegex(@"http://[\d.]+:\d+")]
    private static partial Regex AddressIn();
}
