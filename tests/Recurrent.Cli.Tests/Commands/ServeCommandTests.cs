using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
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
    public void Says_which_option_is_wrong_where_it_cannot_listen()
    {
        using var folder = new TemporaryFolder();
        var missing = folder["missing"];
        var socket = Path.Combine(missing, "a.sock");
        Assert.Equal(
            $"Cannot listen at {socket}: there is no folder {missing}; make it, or choose another --unix.\n",
            CliRunner.Plain("serve", s_model, "--unix", socket).Error
        );
        Assert.Equal(
            "Cannot listen at 192.0.2.1:0: it is not an address of this machine; choose another --host.\n",
            CliRunner.Plain("serve", s_model, "--host", "192.0.2.1", "--port", "0", "--insecure").Error
        );
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
    [InlineData("there is no key; give --api-key or --api-key-file, or set RECURRENT_API_KEY", "--host", "0.0.0.0")]
    [InlineData("there is no key; give --api-key or --api-key-file, or set RECURRENT_API_KEY", "--host", "::")]
    [InlineData("--host is \"here\" and must be an address", "--host", "here")]
    [InlineData("--port is \"65536\" and must be a whole number from 0 to 65,535", "--port", "65536")]
    [InlineData("--max-rows is \"0\" and must be a whole number from 1 to 4,096", "--max-rows", "0")]
    [InlineData("--log is \"xml\" and must be text or json or none", "--log", "xml")]
    [InlineData("The model of \".safetensors\" has no name; give it as NAME=FILE.", ".safetensors")]
    [InlineData("--max-logprobs is \"0\" and must be a whole number from 1 to 1,000,000", "--max-logprobs", "0")]
    [InlineData("--cors-origin is \"app.example\" and must be an origin", "--cors-origin", "app.example")]
    [InlineData("--cors-origin is \"https://a.b/c\" and must be an origin", "--cors-origin", "https://a.b/c")]
    [InlineData("--chat-separator is given without --chat; give both.", "--chat-separator", "x")]
    [InlineData("--unix listens at no address; leave out --host and --port.", "--unix", "a", "--port", "0")]
    [InlineData("Two models are called \"gru\"; give one of them as NAME=FILE.", "gru=b.safetensors")]
    public void Refuses_what_it_cannot_do(string because, params string[] arguments)
    {
        var result = CliRunner.Plain(["serve", s_model, .. arguments]);
        Assert.Equal((ExitCode.Usage, ""), (result.ExitCode, result.Out));
        Assert.Contains(because, result.Error);
    }

    [Fact]
    public void Reads_keys_from_a_file()
    {
        using var folder = new TemporaryFolder();
        var file = folder["keys"];
        AssertFails($"There is no file {file}; check the path.", ExitCode.Failure);
        File.WriteAllText(file, "\n \r\n");
        AssertFails($"{file} has no key; write one on a line.", ExitCode.Usage);
        File.WriteAllText(file, "one\n two \r\n\n");
        AssertFails("Two models are called", ExitCode.Usage, "--host", "0.0.0.0", s_model); // the key is there

        void AssertFails(string because, int code, params string[] more)
        {
            var result = CliRunner.Plain(["serve", s_model, "--api-key-file", file, .. more]);
            Assert.Equal((code, ""), (result.ExitCode, result.Out));
            Assert.Contains(because, result.Error);
        }
    }

    [Fact]
    public void Reads_options_that_are_not_given_from_the_environment()
    {
        AssertFails("RECURRENT_PORT is \"x\" and must be", new() { ["RECURRENT_PORT"] = "x" });
        AssertFails("--port is \"y\" and must be", new() { ["RECURRENT_PORT"] = "x" }, "--port", "y");
        AssertFails("--port is \"y\" and must be", new() { ["RECURRENT_PORT"] = "x" }, "--port=y");
        AssertFails("RECURRENT_MAX_ROWS is \"0\" and", new() { ["RECURRENT_MAX_ROWS"] = "0", ["RECURRENT_PORT"] = "" });
        AssertFails("RECURRENT_CORS_ORIGIN is \"b\" and", new() { ["RECURRENT_CORS_ORIGIN"] = "http://a.example b" });
        AssertFails("RECURRENT_HOST is \"--x\" and must be an address", new() { ["RECURRENT_HOST"] = "--x" });
        var chat = new Dictionary<string, string> { ["RECURRENT_CHAT_SEPARATOR"] = "x", ["RECURRENT_CHAT"] = "0" };
        AssertFails("RECURRENT_CHAT_SEPARATOR is given without --chat", chat);
        chat["RECURRENT_CHAT"] = "1";
        AssertFails("--host is \"x\" and", chat, "--host", "x");
        AssertFails("there is no key", [], "--host", "0.0.0.0");
        AssertFails("Two models", new() { ["RECURRENT_API_KEY"] = "a" }, "--host", "0.0.0.0", s_model);

        static void AssertFails(string because, Dictionary<string, string> variables, params string[] arguments)
        {
            using var runner = new CliRunner { Variables = variables };
            var result = runner.Run(["serve", s_model, .. arguments]);
            Assert.Equal((ExitCode.Usage, ""), (result.ExitCode, result.Out));
            Assert.Contains(because, result.Error);
        }
    }

    [Fact]
    public async Task Listens_at_a_socket_and_takes_the_place_of_one_that_was_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no signals here.");
        using var folder = new TemporaryFolder();
        var path = folder["socket"];
        for (var i = 0; i < 2; i++)
        {
            using var process = RecurrentProcess.Start("serve", s_model, "--unix", path);
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.Equal($"Serving gru at {path}, for example:", line);
            Assert.StartsWith(
                $"curl --unix-socket {path} http://localhost/v1/completions -d ",
                await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            );
            using var handler = new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(path, token) };
            using var client = new HttpClient(handler);
            Assert.Equal(
                """{"status":"ready"}""",
                await client.GetStringAsync("http://localhost/health", TestContext.Current.CancellationToken)
            );
            await RecurrentProcess.SignalAsync(process, "KILL");
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(File.Exists(path));
        }
        File.Delete(path);
        File.WriteAllText(path, "mine");
        var result = CliRunner.Plain("serve", s_model, "--unix", path);
        Assert.Equal(ExitCode.Failure, result.ExitCode);
        Assert.StartsWith($"Cannot listen at {path}: ", result.Error);
        Assert.Equal("mine", File.ReadAllText(path));

        static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
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
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public TakenPort() => _listener.Start();

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Dispose();
    }
}
