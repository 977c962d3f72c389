using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Commands;

public sealed class ServeCommandTests
{
    private static readonly string s_model = OldFiles.PathOf("gru.safetensors");

    [Fact]
    public async Task Serves_the_texts_of_generate_until_a_signal_ends_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "There are no signals here.");
        const string Serving = "Serving gru, other at ";
        using var process = RecurrentProcess.Start(
            "serve",
            s_model,
            $"other={s_model}",
            "--port",
            "0",
            "--log",
            "none"
        );
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith(Serving, line);
        var example = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(line![Serving.Length..].Split(',')[0]) };
        Assert.StartsWith($"curl {client.BaseAddress}v1/completions -d '{{\"model\": \"gru\", ", example);
        using var response = await client.PostAsJsonAsync(
            "v1/completions",
            new
            {
                model = "other",
                prompt = "the ",
                max_tokens = 50,
                temperature = 0.8,
                seed = 3,
            },
            TestContext.Current.CancellationToken
        );
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var generated = CliRunner.Plain(
            "generate",
            s_model,
            "--prompt",
            "the ",
            "--length",
            "50",
            "--seed",
            "3",
            "--json"
        );
        Assert.Equal((string)JsonNode.Parse(generated.Out)!["text"]!, (string)answer!["choices"]![0]!["text"]!);
        await RecurrentProcess.SignalAsync(process, "TERM");
        var end = await RecurrentProcess.FinishAsync(process);
        Assert.Equal((ExitCode.Success, ""), (end.ExitCode, end.Error));
    }

    [Fact]
    public void Says_when_it_cannot_listen()
    {
        using var taken = new TakenPort();
        var result = CliRunner.Plain("serve", s_model, "--port", $"{taken.Port}");
        Assert.Equal(ExitCode.Failure, result.ExitCode);
        Assert.StartsWith($"Cannot listen at 127.0.0.1:{taken.Port}: ", result.Error);
        Assert.EndsWith("; choose another --port, or 0 for any.\n", result.Error);
    }

    [Fact]
    public void Names_no_framework_that_the_other_verbs_do_without()
    {
        var configuration = JsonNode.Parse(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Recurrent.Cli.runtimeconfig.json"))
        )!["runtimeOptions"]!.AsObject();
        Assert.Equal("Microsoft.NETCore.App", (string)configuration["framework"]!["name"]!);
        Assert.False(configuration.ContainsKey("frameworks"));
    }

    [Theory]
    [InlineData("there is no key; give --api-key, or set RECURRENT_API_KEY", "--host", "0.0.0.0")]
    [InlineData("there is no key; give --api-key, or set RECURRENT_API_KEY", "--host", "::")]
    [InlineData("--host is \"here\" and must be an address", "--host", "here")]
    [InlineData("--port is \"65536\" and must be a whole number from 0 to 65,535", "--port", "65536")]
    [InlineData("--max-rows is \"0\" and must be a whole number from 1 to 4,096", "--max-rows", "0")]
    [InlineData("--log is \"xml\" and must be text or json or none", "--log", "xml")]
    [InlineData("The model of \".safetensors\" has no name; give it as NAME=FILE.", ".safetensors")]
    [InlineData("Two models are called \"gru\"; give one of them as NAME=FILE.", "gru=b.safetensors")]
    public void Refuses_what_it_cannot_do(string because, params string[] arguments)
    {
        var result = CliRunner.Plain(["serve", s_model, .. arguments]);
        Assert.Equal((ExitCode.Usage, ""), (result.ExitCode, result.Out));
        Assert.Contains(because, result.Error);
    }

    [Fact]
    public void Refuses_a_model_that_reads_ahead()
    {
        var path = OldFiles.PathOf("lstm-bidirectional.safetensors");
        CliRunner
            .Plain("serve", path)
            .AssertFailed(
                ExitCode.Failure,
                $"{path} holds a bidirectional model, which reads ahead and so cannot be served; train one without "
                    + "--bidirectional."
            );
    }

    private sealed class TakenPort : IDisposable
    {
        private readonly System.Net.Sockets.TcpListener _listener = new(IPAddress.Loopback, 0);

        public TakenPort() => _listener.Start();

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();
    }
}
