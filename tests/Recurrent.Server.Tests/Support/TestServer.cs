using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Formats;
using Recurrent.Randomness;
using Recurrent.Server.Engines;
using Recurrent.Server.Telemetry;
using Recurrent.Tests;

namespace Recurrent.Server.Tests.Support;

/// <summary>A server at a free port, over models that an old program wrote.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly ModelServer _server;

    private TestServer(
        ModelServer server,
        IReadOnlyList<ServedModel> models,
        List<string> reports,
        ConcurrentQueue<RequestRecord> log
    )
    {
        (_server, Models, Reports, Log) = (server, models, reports, log);
        Client = new HttpClient { BaseAddress = new Uri(server.Address) };
    }

    public IReadOnlyList<ServedModel> Models { get; }

    /// <summary>What should not have happened.</summary>
    public List<string> Reports { get; }

    /// <summary>What was told of requests.</summary>
    public ConcurrentQueue<RequestRecord> Log { get; }

    public HttpClient Client { get; }

    public int Port => Client.BaseAddress!.Port;

    /// <summary>Loads a fixture.</summary>
    public static TrainedModel Load(string name) =>
        TrainedModel.Load(Repository.PathOf($"tests/Recurrent.Cli.Tests/Fixtures/{name}.safetensors"));

    public static Task<TestServer> StartAsync(params string[] models) => StartAsync(new ServerOptions(), models);

    public static Task<TestServer> StartAsync(ServerOptions options, params string[] models) =>
        StartAsync(options, models.Select(name => (name, Load(name))));

    /// <param name="options">Of the server, but for its port.</param>
    /// <param name="models">The models, each with its name.</param>
    public static async Task<TestServer> StartAsync(
        ServerOptions options,
        IEnumerable<(string Name, TrainedModel Trained)> models
    )
    {
        List<ServedModel> served = [.. models.Select(model => Serve(model.Name, model.Name, model.Trained))];
        var (reports, log) = (new List<string>(), new ConcurrentQueue<RequestRecord>());
        var server = await ModelServer.StartAsync(
            served,
            options with
            {
                Port = 0,
            },
            TimeProvider.System,
            new RandomStream(1, 1),
            reports.Add,
            log.Enqueue
        );
        return new(server, served, reports, log);
    }

    /// <summary>Puts a fixture in the place of a model.</summary>
    public void Replace(string name, string fixture) =>
        _server.Replace(name, () => Serve(name, fixture, Load(fixture)));

    /// <inheritdoc cref="ModelServer.Replace"/>
    public void Replace(string name, Func<ServedModel> load) => _server.Replace(name, load);

    /// <summary>Posts JSON, as curl does unless told otherwise: without a fitting content type.</summary>
    public Task<Reply> PostAsync(string path, string body) => PostAsync(path, Encoding.UTF8.GetBytes(body));

    public async Task<Reply> PostAsync(string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        using var response = await Client.PostAsync(path, content, TestContext.Current.CancellationToken);
        return await Reply.ReadAsync(response);
    }

    /// <summary>Sends a request with headers of whatever value.</summary>
    public async Task<Reply> SendAsync(string method, string path, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        request.Content = method == "POST" ? new StringContent("{}") : null;
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Reply.ReadAsync(response);
    }

    /// <summary>Sends bytes as they are, and reads until the server hangs up.</summary>
    public async Task<string> RawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public async Task<Reply> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path, TestContext.Current.CancellationToken);
        return await Reply.ReadAsync(response);
    }

    public async Task<Reply> DeleteAsync(string path)
    {
        using var response = await Client.DeleteAsync(path, TestContext.Current.CancellationToken);
        return await Reply.ReadAsync(response);
    }

    /// <summary>Begins a session, which must succeed.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> BeginAsync(JsonObject body)
    {
        var reply = await PostAsync("/v1/sessions", body.ToJsonString());
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Text);
        return (string)reply.Json["id"]!;
    }

    /// <summary>Forks a session, which must succeed.</summary>
    /// <returns>The id of the first fork.</returns>
    public async Task<string> ForkAsync(string session, int? at = null)
    {
        var reply = await PostAsync($"/v1/sessions/{session}/fork", new JsonObject { ["at"] = at }.ToJsonString());
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Text);
        return (string)reply.Json["data"]![0]!["id"]!;
    }

    /// <summary>The state of a session.</summary>
    public Task<byte[]> StateAsync(string session) =>
        Client.GetByteArrayAsync($"/v1/sessions/{session}/state", TestContext.Current.CancellationToken);

    /// <summary>A completion, which must succeed.</summary>
    public async Task<JsonNode> CompleteAsync(JsonObject body)
    {
        var reply = await PostAsync("/v1/completions", body.ToJsonString());
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Text);
        return reply.Json;
    }

    /// <summary>The data of a streamed completion's events.</summary>
    public async Task<List<string>> StreamAsync(JsonObject body, string path = "/v1/completions")
    {
        var streamed = (JsonObject)body.DeepClone();
        streamed["stream"] = true;
        var reply = await PostAsync(path, streamed.ToJsonString());
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Text);
        Assert.Equal("text/event-stream; charset=utf-8", reply.ContentType);
        return
        [
            .. reply
                .Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(part => part.StartsWith("data: ", StringComparison.Ordinal) ? part[6..] : part),
        ];
    }

    /// <summary>A completion's events, as they come.</summary>
    public async Task<Stream> EventsAsync(string body, CancellationToken cancelled)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        request.Content = new StringContent(body, Encoding.UTF8);
        var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancelled);
        return await response.Content.ReadAsStreamAsync(cancelled);
    }

    /// <summary>What a line of the metrics tells; 0 where there is none.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = (await GetAsync("/metrics")).Text;
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith($"{name} ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    public Task StopAsync(TimeSpan drain) => _server.StopAsync(drain);

    private static ServedModel Serve(string name, string fixture, TrainedModel trained) =>
        new(name, trained) { Fingerprint = $"print-{fixture}", Created = 17 };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        Assert.Empty(Reports);
    }
}

/// <summary>An answer.</summary>
internal sealed record Reply(HttpStatusCode Status, string? ContentType, string Text, HttpResponseHeaders Headers)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public static async Task<Reply> ReadAsync(HttpResponseMessage response) =>
        new(
            response.StatusCode,
            response.Content.Headers.ContentType?.ToString(),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers
        );

    /// <summary>Asserts that it is an error with the four fields of OpenAI's.</summary>
    public void AssertError(int status, string type, string? param, string? code)
    {
        Assert.Equal("application/json", ContentType);
        var error = Assert.Single(Json.AsObject()).Value!.AsObject();
        Assert.Equal(["message", "type", "param", "code"], error.Select(field => field.Key));
        Assert.Equal(
            (status, type, param, code),
            ((int)Status, (string)error["type"]!, (string?)error["param"], (string?)error["code"])
        );
        Assert.EndsWith(".", (string)error["message"]!);
    }
}

internal static class Engines
{
    /// <summary>Waits until an engine has nothing to read.</summary>
    public static async Task IdleAsync(this ModelEngine engine)
    {
        while (engine.Running > 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}

/// <summary>A server for all tests of a class.</summary>
public abstract class Serving(params string[] models) : IAsyncLifetime
{
    private TestServer? _server;

    internal TestServer Server => _server!;

    private protected virtual ServerOptions Options => new();

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(Options, models);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Server.DisposeAsync();
    }
}
