using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Recurrent.Formats;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Another model in the place of one while it serves.</summary>
public sealed class ReloadTests
{
    private static readonly JsonObject s_body = new()
    {
        ["model"] = "gru",
        ["prompt"] = "the ",
        ["seed"] = 5,
        ["max_tokens"] = 20_000,
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_text_that_runs_ends_on_the_old_model_and_the_next_begins_on_the_new()
    {
        await using var server = await TestServer.StartAsync("gru", "lstm");
        var expected = await server.CompleteAsync(s_body);
        var streamed = (JsonObject)s_body.DeepClone();
        streamed["stream"] = true;
        await using var events = await server.EventsAsync(streamed.ToJsonString(), Cancelled);
        var old = server.Models[0].Engine;
        while (old.Running == 0)
        {
            await Task.Delay(1, Cancelled);
        }
        server.Replace("gru", "rnn");
        var next = await server.CompleteAsync(s_body);
        Assert.Equal(("gru", "print-rnn"), ((string)next["model"]!, (string)next["system_fingerprint"]!));
        Assert.NotEqual(TextOf(expected), TextOf(next));
        Assert.Equal("print-lstm", Print(await server.CompleteAsync(new() { ["model"] = "lstm" })));
        Assert.Equal("rnn", (string)(await server.GetAsync("/v1/models/gru")).Json["meta"]!["kind"]!);
        using var reader = new StreamReader(events);
        var pieces = (await reader.ReadToEndAsync(Cancelled))
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .SkipLast(1)
            .Select(line => JsonNode.Parse(line["data: ".Length..])!)
            .ToList();
        Assert.All(pieces, piece => Assert.Equal("print-gru", Print(piece)));
        Assert.Equal(TextOf(expected), string.Concat(pieces.Select(TextOf)));
        await old.IdleAsync();
        Assert.Equal(60_000, await server.MetricAsync("recurrent_completion_tokens_total{model=\"gru\"}"));
        Assert.Equal(1, await server.MetricAsync("recurrent_reloads_total{model=\"gru\",outcome=\"done\"}"));
        Assert.Equal(0, await server.MetricAsync("recurrent_rows_running{model=\"gru\"}"));
        Assert.InRange(await server.MetricAsync("recurrent_step_rows_total{model=\"gru\"}"), 59_990, 60_100);
    }

    [Fact]
    public async Task A_model_that_cannot_be_had_leaves_the_old_one()
    {
        await using var server = await TestServer.StartAsync("gru");
        var error = Assert.Throws<ModelFileException>(() =>
            server.Replace("gru", () => throw new ModelFileException("Cannot read it."))
        );
        Assert.Equal("Cannot read it.", error.Message);
        Assert.Equal("print-gru", Print(await server.CompleteAsync(new() { ["max_tokens"] = 1 })));
        Assert.Equal(1, await server.MetricAsync("recurrent_reloads_total{model=\"gru\",outcome=\"failed\"}"));
    }

    [Fact]
    public async Task Models_that_come_and_go_leave_nothing_behind()
    {
        await using var server = await TestServer.StartAsync("gru");
        List<WeakReference> gone = [];
        for (var i = 0; i < 5; i++)
        {
            Replace(server, gone);
            await server.CompleteAsync(new() { ["max_tokens"] = 3 });
        }
        server.Log.Clear();
        for (var attempt = 0; gone[..4].Exists(one => one.IsAlive); attempt++)
        {
            Assert.InRange(attempt, 0, 100);
            GC.Collect();
            await Task.Delay(10, Cancelled);
        }
        Assert.True(gone[4].IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // so that nothing of the model stays on the caller's stack
    private static void Replace(TestServer server, List<WeakReference> gone) =>
        server.Replace(
            "gru",
            () =>
            {
                var model = new Engines.ServedModel("gru", TestServer.Load("gru")) { Fingerprint = "x", Created = 1 };
                gone.Add(new(model));
                return model;
            }
        );

    private static string Print(JsonNode answer) => (string)answer["system_fingerprint"]!;

    private static string TextOf(JsonNode answer) => (string)answer["choices"]![0]!["text"]!;
}
