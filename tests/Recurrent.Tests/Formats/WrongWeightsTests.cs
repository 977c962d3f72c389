using System.Text.Json.Nodes;
using Recurrent.Formats;

namespace Recurrent.Tests.Formats;

/// <summary>What cannot be imported, each said in one sentence.</summary>
public sealed class WrongWeightsTests : IDisposable
{
    private const string OtherWeights =
        "; save the state dictionary of one nn.RNN, nn.GRU or nn.LSTM, one nn.Linear and at most one nn.Embedding.";

    private const string OtherVocabulary =
        "; give a JSON object whose \"tokens\" are the weights' 5 tokens in the order of their indexes.";

    private readonly TemporaryFolder _folder = new();

    private string Weights => _folder["weights.safetensors"];

    private string Vocabulary => _folder["vocab.json"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("fc.bias", null, "it holds a tensor \"zz\", which gru has no use for")] // no bias will do
    [InlineData(
        "net.weight_hh_l0",
        null,
        "it has no tensor called weight_hh_l0 and so is not a recurrent language model"
    )]
    [InlineData("net.bias_hh_l1", null, "it lacks the parameter net.bias_hh_l1 (9) of its model, which is gru")]
    [InlineData(
        "net.weight_ih_l0",
        "[4,9]",
        "its parameter net.weight_ih_l0 has the shape (4, 9) and (9, 4) by the others"
    )]
    [InlineData("fc.bias", "[1,5]", "its parameter emb.weight has the shape (5, 4) and (1, 4) by the others")]
    [InlineData(
        "net.weight_hh_l0",
        "[27]",
        "its tensor \"net.weight_hh_l0\" has the shape (27), and with H hidden units (H, H), (3H, H) or (4H, H) "
            + "is that of an nn.RNN, nn.GRU or nn.LSTM"
    )]
    public void Tensors_that_do_not_make_a_model(string tensor, string? shape, string problem) =>
        AssertRefused(
            Weights,
            problem + OtherWeights,
            header =>
            {
                if (shape is null)
                {
                    // Under a name of no use, so that the data are still all there.
                    var entry = header[tensor]!.DeepClone();
                    header.Remove(tensor);
                    header["zz"] = entry;
                }
                else
                {
                    header[tensor]!["shape"] = JsonNode.Parse(shape);
                }
            }
        );

    [Fact]
    public void Tensors_of_no_use() =>
        AssertRefused(
            Weights,
            "it holds a tensor \"norm.scale\", which gru has no use for" + OtherWeights,
            header => header["norm.scale"] = Empty(header)
        );

    [Fact]
    public void Values_that_are_no_weights()
    {
        AssertRefused(
            Weights,
            "tensor \"fc.bias\" has values of type I32; save the weights as float32.",
            header => header["fc.bias"]!["dtype"] = "I32"
        );
        AssertRefused(
            Weights,
            "tensor \"fc.bias\" has values of the unknown type F4; save the weights as float32.",
            header => header["fc.bias"]!["dtype"] = "F4"
        );
    }

    [Fact]
    public void Tensors_that_share_values()
    {
        // As a small file that stands for a large model would have them.
        AssertRefused(
            Weights,
            "its tensors \"net.bias_hh_l1\" and \"net.bias_ih_l1\" share values, as only the weights of an output and "
                + "an embedding may; save a copy of each, tensor.clone().",
            header =>
            {
                header["__metadata__"]!["net.bias_ih_l1"] = "net.bias_hh_l1";
                header["step"] = header["net.bias_ih_l1"]!.DeepClone();
                header["step"]!["dtype"] = "I32";
                header.Remove("net.bias_ih_l1");
            }
        );
    }

    [Fact]
    public void Lengths_that_lie_allocate_nothing()
    {
        AssertRefused(
            Weights,
            "tensor \"emb.weight\" of shape (2147483647, 2147483647) takes 18446744056529682436 bytes and its "
                + "data_offsets are 0 to 80; copy the file again or train the model again.",
            header => header["emb.weight"]!["shape"] = new JsonArray(int.MaxValue, int.MaxValue)
        );
        File.WriteAllBytes(Weights, RawSafetensors.Join(ulong.MaxValue, []));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ModelFileException>(() => TrainedModel.ImportPyTorch(Weights, Vocabulary));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory]
    [InlineData("""{"tokens":["a","b"]}""", "it has 2 tokens and the weights have 5 entries")]
    [InlineData("7", "the vocabulary is 7, not a JSON object or array")]
    [InlineData("""["a","b"]""", "it has 2 tokens and the weights have 5 entries")]
    [InlineData("""["a","b","c","d",5]""", "\"tokens\" in the vocabulary is 5, not a string")]
    [InlineData("""{"a":0,"b":1,"c":2,"d":3,"e":3}""", "its index 3 is that of \"d\" and of \"e\"")]
    [InlineData("""{"a":0,"b":1,"c":2,"d":3,"e":5}""", "\"e\" in the vocabulary is 5, not a whole number from 0 to 4")]
    [InlineData("""{"0":"a","1":"b","2":"c","3":"d","5":"e"}""", "its key \"5\" is not an index from 0 to 4")]
    [InlineData("""{"0":"a","1":"b","2":"c","3":"d","03":"e"}""", "its index 3 is that of \"d\" and of \"e\"")]
    [InlineData(
        """{"model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"d":3,"e":4}}}""",
        "its model is of type BPE, which cuts text as no tokenizer here does"
    )]
    [InlineData("""{"chars":[]}""", "the vocabulary lacks \"tokens\"")]
    [InlineData("""{"tokens":""", "the vocabulary is not JSON from its byte 10 in line 1 on")]
    [InlineData(" ", "the vocabulary is not JSON from its byte 1 in line 1 on")]
    [InlineData(
        """{"tokens":["a","b","c","d","a"]}""",
        "its text cannot be used (The token \"a\" is at indices 1 and 5; give each token once)"
    )]
    [InlineData(
        """{"tokens":["a","b","c","d","e"],"tokenizer":"syllables"}""",
        "its text cannot be used (There is no tokenizer \"syllables\"; choose characters, words or bytes)"
    )]
    public void Vocabularies_that_are_none(string json, string problem)
    {
        File.WriteAllBytes(Weights, Changed(_ => { }));
        File.WriteAllText(Vocabulary, json);
        AssertRefused(Vocabulary, problem + OtherVocabulary);
    }

    [Theory]
    [InlineData("""["a","b","c","d","the"]""", "the", "characters")]
    [InlineData("""{"tokens":["a","b","c","d","a b"],"tokenizer":"words"}""", "a b", "words")]
    [InlineData("""{"tokens":["<0x00>","<0x01>","<0x02>","<0x03>","a"],"tokenizer":"bytes"}""", "a", "bytes")]
    public void Tokens_that_the_tokenizer_never_makes(string json, string token, string tokenizer)
    {
        File.WriteAllBytes(Weights, Changed(_ => { }));
        File.WriteAllText(Vocabulary, json);
        AssertRefused(
            Vocabulary,
            $"its token \"{token}\" is one that the tokenizer {tokenizer} never makes of a text; name the tokenizer, "
                + "{\"tokenizer\": \"words\", \"tokens\": […]}, if it is another."
        );
    }

    [Fact]
    public void Files_of_another_kind()
    {
        File.WriteAllBytes(Weights, [0x89, .. "HDF\r\n\u001a\n and more"u8]);
        AssertRefused(Weights, "it is an HDF5 file" + OtherWeights);
        File.WriteAllText(Weights, "some words");
        AssertRefused(Weights, "it is a text, not a safetensors file; name a model file.");
    }

    [Fact]
    public void Files_that_are_not_there() => AssertRefused(Weights, $"there is no file {Weights}; check the path.");

    private void AssertRefused(string file, string problem, Action<JsonObject>? change = null)
    {
        if (change is not null)
        {
            File.WriteAllBytes(Weights, Changed(change));
        }
        var error = Assert.Throws<ModelFileException>(() => TrainedModel.ImportPyTorch(Weights, Vocabulary));
        Assert.Equal($"Cannot read {file}: {problem}", error.Message);
    }

    private static byte[] Changed(Action<JsonObject> change)
    {
        var file = File.ReadAllBytes(ExchangeCase.PathOf("pytorch/gru-deep.safetensors"));
        var (header, data) = RawSafetensors.Parse(file);
        change(header);
        return RawSafetensors.Join(header.ToJsonString(), file[data..]);
    }

    /// <summary>A tensor without values, at the end of the data.</summary>
    private static JsonObject Empty(JsonObject header)
    {
        var tensors = header.Where(entry => entry.Key != "__metadata__");
        var end = tensors.Max(entry => (int)entry.Value!["data_offsets"]![1]!);
        return new()
        {
            ["dtype"] = "F32",
            ["shape"] = new JsonArray(0),
            ["data_offsets"] = new JsonArray(end, end),
        };
    }
}
