using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>The paths beside completions.</summary>
public sealed class EndpointTests() : Serving("gru", "lstm-bytes")
{
    [Fact]
    public async Task Lines_have_the_scores_of_the_library()
    {
        string[] lines = ["the miller", "", "zqzq 漢", "a\nb"];
        var nodes = new JsonArray([.. lines.Select(line => (JsonNode)line)]);
        var body = new JsonObject { ["model"] = "gru", ["lines"] = nodes };
        var answer = (await Server.PostAsync("/v1/score", body.ToJsonString())).Json;
        var expected = new LineScorer(Server.Models[0].Trained).Score(lines, TestContext.Current.CancellationToken);
        foreach (var (index, score) in expected.Index())
        {
            var actual = answer["data"]![index]!;
            Assert.Equal(
                (index, score.Characters, score.Unknown, score.Bits, score.BitsPerCharacter),
                (
                    (int)actual["index"]!,
                    (int)actual["characters"]!,
                    (int)actual["unknown"]!,
                    (double)actual["bits"]!,
                    (double)actual["bits_per_character"]!
                )
            );
        }
        Assert.Equal("""{"prompt_tokens":19,"total_tokens":19}""", answer["usage"]!.ToJsonString());
        Assert.Equal(("list", "gru"), ((string)answer["object"]!, (string)answer["model"]!));
    }

    [Theory]
    [InlineData("""{"model": "gru"}""")]
    [InlineData("""{"model": "gru", "lines": []}""")]
    [InlineData("""{"model": "gru", "lines": [1]}""")]
    [InlineData("""{"model": "gru", "lines": {}}""")]
    public async Task Lines_that_are_none_are_refused(string body) =>
        (await Server.PostAsync("/v1/score", body)).AssertError(400, "invalid_request_error", "lines", code: null);

    [Fact]
    public async Task Models_are_listed_and_found_by_name()
    {
        var models = (await Server.GetAsync("/v1/models")).Json;
        Assert.Equal("list", (string)models["object"]!);
        Assert.Equal(["gru", "lstm-bytes"], models["data"]!.AsArray().Select(model => (string)model!["id"]!));
        var model = (await Server.GetAsync("/v1/models/gru")).Json;
        Assert.Equal(model.ToJsonString(), (await Server.GetAsync("/v1/models/gru/")).Text);
        Assert.Equal(models["data"]![0]!.ToJsonString(), model.ToJsonString());
        Assert.Equal(
            """{"id":"gru","object":"model","created":17,"owned_by":"recurrent","meta":{"kind":"gru","hidden":10,"""
                + "\"layers\":1,\"vocabulary\":57,\"tokens\":\"characters\",\"parameters\":1683,"
                + "\"fingerprint\":\"print-gru\",\"chat\":false}}",
            model.ToJsonString()
        );
    }

    [Fact]
    public async Task A_hybrid_tells_of_its_counts()
    {
        var trained = TestServer.Load("gru");
        var counts = NGramModel.Count(trained.Codec.EncodePrompt("to be or not to be").Tokens.Span, 57, 3);
        var hybrid = new TrainedModel(new MixedModel(trained.Model, counts, weight: 0.7), trained.Codec);
        await using var server = await TestServer.StartAsync(new ServerOptions(), [("gru", hybrid)]);
        var meta = (await server.GetAsync("/v1/models/gru")).Json["meta"]!;
        Assert.Equal(1683, (int)meta["parameters"]!);
        Assert.Equal($$"""{"order":3,"entries":{{counts.Entries}},"weight":0.3}""", meta["counts"]!.ToJsonString());
    }

    [Theory]
    [InlineData("/v1/models/other", "other")]
    [InlineData("/v1/models/..%2F..%2Fetc%2Fpasswd", "../../etc/passwd")]
    [InlineData("/v1/models/a/b", "a/b")]
    public async Task A_model_that_is_not_served_is_not_found(string path, string name)
    {
        var reply = await Server.GetAsync(path);
        reply.AssertError(404, "invalid_request_error", "model", "model_not_found");
        Assert.Contains($"\"{name}\"", (string)reply.Json["error"]!["message"]!);
    }

    [Fact]
    public async Task With_several_models_one_must_be_named() =>
        (await Server.PostAsync("/v1/completions", "{}")).AssertError(
            400,
            "invalid_request_error",
            "model",
            code: null
        );

    [Theory]
    [InlineData("gru", "the miller 漢")]
    [InlineData("lstm-bytes", "é🙂")]
    public async Task Token_ids_are_those_of_the_model(string model, string text)
    {
        var codec = Server.Models.First(served => served.Name == model).Codec;
        var body = new JsonObject { ["model"] = model, ["prompt"] = text };
        var tokens = (await Server.PostAsync("/tokenize", body.ToJsonString())).Json;
        var prompt = codec.EncodePrompt(text);
        var ids = tokens["tokens"]!.AsArray();
        Assert.Equal(prompt.Tokens.ToArray(), ids.Select(id => (int)id!));
        Assert.Equal(ids.Count, (int)tokens["count"]!);
        Assert.Equal(prompt.Unknown, tokens["unknown"]!.AsArray().Select(token => (string)token!));
        body = new() { ["model"] = model, ["tokens"] = ids.DeepClone() };
        var back = (await Server.PostAsync("/detokenize", body.ToJsonString())).Json;
        Assert.Equal(codec.Decode(prompt.Tokens.Span), (string)back["prompt"]!);
    }

    [Theory]
    [InlineData("/tokenize", """{"model": "gru"}""", "prompt")]
    [InlineData("/tokenize", """{"model": "gru", "prompt": 1}""", "prompt")]
    [InlineData("/detokenize", """{"model": "gru"}""", "tokens")]
    [InlineData("/detokenize", """{"model": "gru", "tokens": 1}""", "tokens")]
    [InlineData("/detokenize", """{"model": "gru", "tokens": [57]}""", "tokens")]
    [InlineData("/detokenize", """{"model": "gru", "tokens": [-1]}""", "tokens")]
    public async Task Neither_text_nor_ids_are_refused(string path, string body, string field) =>
        (await Server.PostAsync(path, body)).AssertError(400, "invalid_request_error", field, code: null);

    [Fact]
    public async Task Health_is_told_until_the_server_drains()
    {
        await using var server = await TestServer.StartAsync("gru");
        Assert.Equal("""{"status":"live"}""", (await server.GetAsync("/health/live")).Text);
        Assert.Equal("""{"status":"ready"}""", (await server.GetAsync("/health/ready")).Text);
        Assert.Equal("""{"status":"ready"}""", (await server.GetAsync("/health")).Text);
        using var head = new HttpRequestMessage(HttpMethod.Head, "/health");
        using var response = await server.Client.SendAsync(head, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Tokens_are_counted_as_usages_tell_them()
    {
        await using var server = await TestServer.StartAsync("gru");
        var (prompts, completions) = (0, 0);
        for (var n = 1; n <= 3; n++)
        {
            var body = new JsonObject
            {
                ["prompt"] = "the ",
                ["n"] = n,
                ["stop"] = "e",
                ["seed"] = n,
            };
            var usage = (await server.CompleteAsync(body))["usage"]!;
            prompts += (int)usage["prompt_tokens"]!;
            completions += (int)usage["completion_tokens"]!;
        }
        await server.GetAsync("/nowhere");
        await server.Models[0].Engine.IdleAsync();
        var metrics = (await server.GetAsync("/metrics")).Text.Split('\n');
        Assert.Equal(prompts, Value("recurrent_prompt_tokens_total{model=\"gru\"}"));
        Assert.Equal(completions, Value("recurrent_completion_tokens_total{model=\"gru\"}"));
        Assert.Equal(3, Value("recurrent_requests_total{route=\"/v1/completions\",code=\"200\"}"));
        Assert.Equal(1, Value("recurrent_requests_total{route=\"other\",code=\"404\"}"));
        Assert.Equal(3, Value("recurrent_time_to_first_token_seconds_count{model=\"gru\"}"));
        Assert.Equal(3, Value("recurrent_request_duration_seconds_bucket{route=\"/v1/completions\",le=\"+Inf\"}"));
        Assert.Equal(6, Lines("recurrent_texts_total{").Sum(Number));
        Assert.Equal(0, Value("recurrent_rows_running{model=\"gru\"}"));

        IEnumerable<string> Lines(string name) =>
            metrics.Where(line => line.StartsWith(name, StringComparison.Ordinal));

        double Value(string name) => Number(Assert.Single(Lines($"{name} ")));

        static double Number(string line) => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Every_family_of_metrics_has_its_help_and_its_type()
    {
        await Server.GetAsync("/health");
        var lines = (await Server.GetAsync("/metrics")).Text.TrimEnd('\n').Split('\n');
        string? family = null;
        foreach (var line in lines)
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                continue;
            }
            Assert.StartsWith(line[0] == '#' ? $"# TYPE {family} " : family!, line);
        }
        Assert.Equal(lines.Length, lines.Distinct().Count());
    }

    [Fact]
    public async Task Prometheus_finds_nothing_to_say_against_the_metrics()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "promtool"))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "There is no promtool here.");
        await using var server = await TestServer.StartAsync("gru", "lstm-bytes");
        await server.CompleteAsync(
            new()
            {
                ["model"] = "gru",
                ["stop"] = "e",
                ["unknown"] = 1,
            }
        );
        await server.PostAsync("/v1/score", """{"model": "gru", "lines": "a"}""");
        server.Replace("gru", "lstm");
        using var checking = Process.Start(
            new ProcessStartInfo(program!, ["check", "metrics"])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        await checking.StandardInput.WriteAsync((await server.GetAsync("/metrics")).Text);
        checking.StandardInput.Close();
        var said = await checking.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        said += await checking.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await checking.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (checking.ExitCode, said));
    }

    [Fact]
    public async Task The_description_has_the_paths_that_there_are()
    {
        var reply = await Server.GetAsync("/openapi.json");
        Assert.StartsWith("3.1", (string)reply.Json["openapi"]!);
        var described = reply.Json["paths"]!
            .AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(method => $"{method.Key.ToUpperInvariant()} {path.Key}"));
        Assert.Equal(Routes.All.Select(route => $"{route.Method} {route.Path}").Order(), described.Order());
    }
}
