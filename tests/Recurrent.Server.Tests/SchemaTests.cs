using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;
using Recurrent.Tests;

namespace Recurrent.Server.Tests;

/// <summary>Answers as OpenAI describes them, and as <c>/openapi.json</c> does.</summary>
public sealed class SchemaTests() : Serving("gru", "lstm-bytes", "gru-words")
{
    private const string ChatPath = "/v1/chat/completions";

    private protected override ServerOptions Options => new() { ChatSeparator = "" };

    [Fact]
    public async Task Completions_whole_and_streamed_are_as_both_descriptions_have_them()
    {
        var own = await OwnAsync("Completion");
        var (whole, piece) = (JsonSchema.OfOpenAI("completion"), JsonSchema.OfOpenAI("completion_piece"));
        Laws.Hold(
            SameBytesTests.Measured,
            request =>
            {
                var body = (JsonObject)request.DeepClone();
                body["return_token_ids"] = (int)body["seed"]! % 2 == 0;
                body["stream_interval_ms"] = (int)body["seed"]! % 3 == 0 ? 0 : null;
                var answer = Server.CompleteAsync(body).GetAwaiter().GetResult();
                whole.AssertFits(answer);
                own.AssertFits(answer);
                body["stream_options"] = new JsonObject { ["include_usage"] = true };
                foreach (var text in Server.StreamAsync(body).GetAwaiter().GetResult().SkipLast(1))
                {
                    piece.AssertFits(JsonNode.Parse(text));
                    own.AssertFits(JsonNode.Parse(text));
                }
            }
        );
    }

    [Theory]
    [InlineData("gru", false)]
    [InlineData("lstm-bytes", true)]
    [InlineData("gru-words", true)]
    public async Task Chats_whole_and_streamed_are_as_both_descriptions_have_them(string model, bool isScored)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "the ß " }),
            ["n"] = 2,
            ["logprobs"] = isScored,
            ["top_logprobs"] = isScored ? 5 : null,
            ["return_token_ids"] = isScored,
        };
        var reply = await Server.PostAsync(ChatPath, body.ToJsonString());
        JsonSchema.OfOpenAI("chat").AssertFits(reply.Json);
        (await OwnAsync("Chat")).AssertFits(reply.Json);
        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        foreach (var text in (await Server.StreamAsync(body, ChatPath)).SkipLast(1))
        {
            JsonSchema.OfOpenAI("chat_piece").AssertFits(JsonNode.Parse(text));
        }
    }

    [Fact]
    public async Task Models_and_errors_are_as_both_descriptions_have_them()
    {
        var models = (await Server.GetAsync("/v1/models")).Json;
        JsonSchema.OfOpenAI("models").AssertFits(models);
        var model = await OwnAsync("Model");
        Assert.All(models["data"]!.AsArray(), model.AssertFits);
        var error = (await Server.GetAsync("/nowhere")).Json;
        JsonSchema.OfOpenAI("error").AssertFits(error);
        (await OwnAsync("Error")).AssertFits(error);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"error": {"message": "m", "type": "t", "param": null}}""")]
    [InlineData("""{"error": {"message": "m", "type": 1, "param": null, "code": null}}""")]
    [InlineData("""{"error": "m"}""")]
    public void What_does_not_fit_a_description_is_found(string value) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() =>
            JsonSchema.OfOpenAI("error").AssertFits(JsonNode.Parse(value))
        );

    private async Task<JsonSchema> OwnAsync(string name) =>
        new((await Server.GetAsync("/openapi.json")).Json, $"#/components/schemas/{name}");
}
