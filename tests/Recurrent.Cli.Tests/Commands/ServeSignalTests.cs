using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Serving;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>What signals do to <c>recurrent serve</c>.</summary>
public sealed class ServeSignalTests : IDisposable
{
    private const string Endless = """{"stream": true, "max_tokens": 100000000}""";

    private readonly TemporaryFolder _folder = new();

    public ServeSignalTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "There are no signals here.");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Model => _folder["story.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_end_tells_a_hundred_streams_that_they_are_not_whole()
    {
        Write("gru");
        using var server = await ServedProcess.StartAsync([Model, "--drain", "0", "--max-tokens", "100000000"]);
        var streams = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => StreamAsync(server)));
        var start = TimeProvider.System.GetTimestamp();
        await server.SignalAsync("TERM");
        var texts = await Task.WhenAll(streams.Select(RestAsync));
        Assert.Equal(ExitCode.Success, await server.EndAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(10)); // 0.5 alone
        Assert.All(texts, text => Assert.DoesNotContain("\"finish_reason\":\"", text));
        Assert.All(texts, text => Assert.DoesNotContain("[DONE]", text));
        Assert.All(texts, text => Assert.Contains("\"code\":\"shutting_down\"", text.Split("data: ")[^1]));
        var lines = server.Errors.Where(line => line.Contains(" 503 POST /v1/completions model=story ")).ToList();
        Assert.Equal((100, 100), (lines.Count, server.Errors.Count));
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        Write("gru");
        using var server = await ServedProcess.StartAsync([Model, "--drain", "3600", "--max-tokens", "100000000"]);
        using var stream = await StreamAsync(server);
        await server.SignalAsync("TERM");
        while ((await server.Client.GetAsync("/health/ready", Cancelled)).StatusCode == HttpStatusCode.OK)
        {
            await Task.Delay(5, Cancelled);
        }
        await server.SignalAsync("TERM");
        Assert.Equal(143, await server.EndAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => RestAsync(stream));
    }

    [Fact]
    public async Task A_hangup_loads_what_has_changed_and_keeps_what_cannot_be_loaded()
    {
        Write("gru");
        var other = _folder.Write("other.safetensors", File.ReadAllBytes(OldFiles.PathOf("rnn.safetensors")));
        using var server = await ServedProcess.StartAsync([Model, other, $"again={Model}", "--log", "none"]);
        var first = await FingerprintAsync(server);
        var hangups = 0;

        await HangUpAsync("story is unchanged.");
        Write("lstm");
        await HangUpAsync("story is loaded again.");
        Assert.Equal(2, server.Errors.Count(line => line == "other is unchanged."));
        Assert.Contains("again is loaded again.", server.Errors);
        var second = await FingerprintAsync(server);
        Assert.NotEqual(first, second);
        Assert.Equal(second, await FingerprintAsync(server, "again"));

        File.WriteAllBytes(Model, File.ReadAllBytes(Model)[..^1]);
        await HangUpAsync($"story stays as it was. Cannot read {Model}: ");
        Assert.Equal(second, await FingerprintAsync(server));
        File.Delete(Model);
        await HangUpAsync($"story stays as it was. Cannot read {Model}: there is no file {Model}; check the path.");
        Write("lstm-bidirectional");
        await HangUpAsync($"story stays as it was. {Model} holds a bidirectional model, which reads ahead");
        Assert.Equal(second, await FingerprintAsync(server));
        Write("gru");
        await HangUpAsync("story is loaded again.");
        Assert.Equal(first, await FingerprintAsync(server));

        var metrics = await server.Client.GetStringAsync("/metrics", Cancelled);
        Assert.Contains("recurrent_reloads_total{model=\"story\",outcome=\"done\"} 2\n", metrics);
        Assert.Contains("recurrent_reloads_total{model=\"story\",outcome=\"failed\"} 3\n", metrics);
        await server.SignalAsync("INT");
        Assert.Equal(ExitCode.Success, await server.EndAsync());

        async Task HangUpAsync(string line)
        {
            await server.SignalAsync("HUP");
            await server.ErrorAsync("again ", ++hangups); // the last of the three
            var told = server.Errors.Last(line => line.StartsWith("story ", StringComparison.Ordinal));
            Assert.StartsWith(line, told);
        }
    }

    [Fact]
    public async Task A_terminal_that_is_closed_ends_it()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "There is no python3 here to make a terminal.");
        Write("gru");
        // A terminal of its own, which is closed as soon as the server has printed its address.
        const string Program = """
            import os, pty, sys, time
            child, terminal = pty.fork()
            if child == 0:
                os.execvp(sys.argv[1], sys.argv[1:])
            seen = b""
            while b"curl" not in seen:
                seen += os.read(terminal, 1000)
            os.close(terminal)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """;
        var script = _folder.Write("terminal.py", Program);
        var result = await RecurrentProcess.ShellAsync(
            $"/usr/bin/python3 {script} {RecurrentProcess.CommandLine} serve {Model} --port 0",
            _folder.Path
        );
        Assert.Equal(("0\n", ""), (result.Out, result.Error));
    }

    private static async Task<StreamReader> StreamAsync(ServedProcess server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        request.Content = new StringContent(Endless, Encoding.UTF8);
        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled));
        Assert.StartsWith("data: ", await reader.ReadLineAsync(Cancelled));
        return reader;
    }

    private static Task<string> RestAsync(StreamReader reader) => reader.ReadToEndAsync(Cancelled);

    private static async Task<string> FingerprintAsync(ServedProcess server, string model = "story")
    {
        var text = await server.Client.GetStringAsync($"/v1/models/{model}", Cancelled);
        return (string)JsonNode.Parse(text)!["meta"]!["fingerprint"]!;
    }

    private void Write(string fixture) =>
        _folder.Write("story.safetensors", File.ReadAllBytes(OldFiles.PathOf($"{fixture}.safetensors")));
}
