using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;
using Recurrent.Tensors;

namespace Recurrent.Server.Tests;

/// <summary>The hidden states of a text.</summary>
public sealed class StatesTests() : Serving("gru", "lstm", "deep", "lstm-bytes", "gru-words", "scratch")
{
    private const string Text = "the miller sang, é🙂";

    [Theory]
    [InlineData("gru")]
    [InlineData("lstm")]
    [InlineData("lstm-bytes")]
    [InlineData("gru-words")]
    [InlineData("scratch")]
    public async Task They_are_those_of_the_training_of_the_model(string model)
    {
        var served = Server.Models.First(one => one.Name == model);
        var answer = await AskAsync(
            new()
            {
                ["model"] = model,
                ["prompt"] = Text,
                ["layer"] = 0,
            }
        );
        var tokens = served.Codec.EncodePrompt(Text).Tokens.ToArray();
        Assert.Equal(tokens.Length, answer["values"]!.AsArray().Count);
        Assert.Equal(tokens.Length, answer["text_offset"]!.AsArray().Count);
        Assert.Equal(tokens.Select(token => served.Spellings[token]), Strings(answer["tokens"]!));
        // Read as in training, by another way than a decoder's.
        using var noGradient = GradientMode.Disable();
        var network = served.Trained.Model;
        var state = network.InitialState(1);
        foreach (var (i, token) in tokens.Index())
        {
            (_, state) = network.Forward(Indices.From(network.Device, [token], 1, 1), state);
            var expected = state.Parts[0].ToArray();
            var values = answer["values"]![i]!.AsArray().Select(value => (float)value!).ToArray();
            Assert.Equal(expected.Length, values.Length);
            Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
        Assert.Equal(tokens.Length, (int)answer["usage"]!["total_tokens"]!);
    }

    [Fact]
    public async Task Each_layer_has_its_own()
    {
        var served = Server.Models.First(one => one.Name == "deep");
        var configuration = served.Trained.Model.Configuration;
        Assert.True(configuration.Layers > 1);
        var decoder = served.Trained.Model.CreateDecoder().CreateState(1);
        var tokens = served.Codec.EncodePrompt(Text).Tokens.ToArray();
        foreach (var token in tokens)
        {
            decoder.Step([0], [token]);
        }
        var row = decoder.Save(0);
        var top = await AskAsync(new() { ["model"] = "deep", ["prompt"] = Text });
        for (var layer = 0; layer < configuration.Layers; layer++)
        {
            var answer = await AskAsync(
                new()
                {
                    ["model"] = "deep",
                    ["prompt"] = Text,
                    ["layer"] = layer,
                }
            );
            Assert.Equal(
                (layer, configuration.Layers, configuration.HiddenSize),
                ((int)answer["layer"]!, (int)answer["layers"]!, (int)answer["hidden"]!)
            );
            var part = Enumerable.Range(0, row.Count).First(part => row.NameOf(part) == $"h_l{layer}");
            var last = answer["values"]!.AsArray()[^1]!.AsArray().Select(value => (float)value!);
            Assert.Equal(row.ValuesOf(part).ToArray(), last);
            var isTop = answer["values"]!.ToJsonString() == top["values"]!.ToJsonString();
            Assert.Equal(layer == configuration.Layers - 1, isTop);
        }
    }

    [Fact]
    public async Task Base64_holds_the_same_bits()
    {
        var body = new JsonObject { ["model"] = "gru", ["prompt"] = Text };
        var numbers = await AskAsync(body);
        body["encoding_format"] = "base64";
        var bytes = Convert.FromBase64String((string)(await AskAsync(body))["values"]!);
        Assert.Equal(
            numbers["values"]!.AsArray().SelectMany(vector => vector!.AsArray()).Select(value => (float)value!),
            MemoryMarshal.Cast<byte, float>(bytes).ToArray()
        );
    }

    [Fact]
    public async Task They_do_not_depend_on_others_that_are_read_meanwhile()
    {
        var body = new JsonObject { ["model"] = "gru", ["prompt"] = Text }.ToJsonString();
        var alone = (await Server.PostAsync("/v1/states", body)).Text;
        var together = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i =>
                    i % 4 == 0
                        ? Server.PostAsync("/v1/completions", """{"model":"gru","max_tokens":500,"seed":1}""")
                        : Server.PostAsync("/v1/states", body)
                )
        );
        Assert.All(together.Where((_, i) => i % 4 != 0), reply => Assert.Equal(alone, reply.Text));
    }

    [Theory]
    [InlineData("""{"model": "gru"}""", "prompt")]
    [InlineData("""{"model": "gru", "prompt": ""}""", "prompt")]
    [InlineData("""{"model": "gru", "prompt": ["a"]}""", "prompt")]
    [InlineData("""{"model": "gru", "prompt": "a", "layer": 1}""", "layer")]
    [InlineData("""{"model": "gru", "prompt": "a", "layer": -1}""", "layer")]
    [InlineData("""{"model": "gru", "prompt": "a", "encoding_format": "hex"}""", "encoding_format")]
    [InlineData("""{"prompt": "a"}""", "model")]
    public async Task What_cannot_be_is_refused(string body, string field) =>
        (await Server.PostAsync("/v1/states", body)).AssertError(400, "invalid_request_error", field, code: null);

    [Fact]
    public async Task A_text_is_as_long_as_its_states_are_few()
    {
        const int Most = (1 << 22) / 10; // tokens of a model of ten units
        var reply = await Server.PostAsync("/v1/states", Of(Most + 1));
        reply.AssertError(400, "invalid_request_error", "prompt", code: null);
        Assert.Contains($"{Most + 1} tokens and may have {Most}", reply.Text);

        static string Of(int length) =>
            new JsonObject { ["model"] = "gru", ["prompt"] = new string('a', length) }.ToJsonString();
    }

    private async Task<JsonNode> AskAsync(JsonObject body)
    {
        var reply = await Server.PostAsync("/v1/states", body.ToJsonString());
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Text);
        return reply.Json;
    }

    private static IEnumerable<string> Strings(JsonNode array) => array.AsArray().Select(text => (string)text!);
}
