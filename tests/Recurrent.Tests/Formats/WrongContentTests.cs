using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Recurrent.Formats;

namespace Recurrent.Tests.Formats;

/// <summary>Correct safetensors files that hold no model, or one that cannot be.</summary>
public sealed class WrongContentTests
{
    private const string Damaged = "; copy the file again or train the model again";

    [Fact]
    public void A_file_of_another_program()
    {
        const string Message =
            "it is a safetensors file, but without a Recurrent configuration "
            + "(its metadata has no \"format\" that is \"recurrent\"); name a file that Recurrent has saved";
        AssertRefused(
            RawSafetensors.Join("""{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}""", 0, 0),
            Message
        );
        AssertRefused(RawSafetensors.Join("""{"__metadata__":{"format":"pt"}}"""), Message);
        AssertRefused(RawSafetensors.Join("""{"__metadata__":{}}"""), Message);
        AssertRefused(RawSafetensors.Join("{}"), Message);
    }

    [Theory]
    [InlineData("7", "the metadata is 7, not a JSON object")]
    [InlineData("""{"format":7}""", "\"format\" in the metadata is 7, not a string")]
    [InlineData("""{"format":"recurrent"}""", "the metadata lacks \"version\"")]
    [InlineData("""{"format":"recurrent","version":"0"}""", "its format version is \"0\", not 1 to 3")]
    [InlineData("""{"format":"recurrent","version":"one"}""", "its format version is \"one\", not 1 to 3")]
    [InlineData("""{"format":"recurrent","version":"1"}""", "the metadata lacks \"model\"")]
    [InlineData("""{"format":"recurrent","version":"1","model":{}}""", "\"model\" in the metadata is {}, not a string")]
    [InlineData(
        """{"format":"recurrent","version":"1","model":""}""",
        "its metadata \"model\" is not JSON from its byte 0 in line 1 on"
    )]
    [InlineData(
        """{"format":"recurrent","version":"1","model":"[]"}""",
        "its metadata \"model\" is [], not a JSON object"
    )]
    public void Metadata_that_cannot_be(string metadata, string problem) =>
        AssertRefused(
            RawSafetensors.Changed(file => file.Header["__metadata__"] = JsonNode.Parse(metadata)),
            problem + Damaged
        );

    [Fact]
    public void A_file_of_a_newer_version() =>
        AssertRefused(
            RawSafetensors.Changed(file => file.Metadata["version"] = "4"),
            "a newer Recurrent wrote it, in version 4 of the format, and this one reads 3; update Recurrent"
        );

    [Fact]
    public void A_kind_that_is_not_known() =>
        AssertRefused(
            RawSafetensors.WithMember("model", "kind", "\"transformer\""),
            "its kind of model is \"transformer\" and this Recurrent knows only rnn-scratch, rnn, rnn-relu, gru, "
                + "gru-reset-before, lstm, mingru, minlstm; update Recurrent, or load it in the program that has this kind, with TrainedModel.Load(path, create)"
        );

    [Theory]
    [InlineData("kind", null, "its metadata \"model\" lacks \"kind\"")]
    [InlineData("kind", "null", "\"kind\" in its metadata \"model\" is null, not a string")]
    [InlineData("hiddenSize", null, "its metadata \"model\" lacks \"hiddenSize\"")]
    [InlineData(
        "hiddenSize",
        "\"2\"",
        "\"hiddenSize\" in its metadata \"model\" is \"2\", not a whole number from 1 to 16,384"
    )]
    [InlineData(
        "hiddenSize",
        "16385",
        "\"hiddenSize\" in its metadata \"model\" is 16385, not a whole number from 1 to 16,384"
    )]
    [InlineData(
        "vocabularySize",
        "0",
        "\"vocabularySize\" in its metadata \"model\" is 0, not a whole number from 1 to 2,147,483,647"
    )]
    [InlineData(
        "vocabularySize",
        "2147483647",
        "its configuration cannot be used (With a vocabulary of 2,147,483,647 entries and a hidden size of 2 "
            + "a parameter has more values than the most possible, 2,147,483,647; choose a smaller one)"
    )]
    [InlineData("layers", "0", "\"layers\" in its metadata \"model\" is 0, not a whole number from 1 to 64")]
    [InlineData(
        "layers",
        "2",
        "its configuration cannot be used (The model rnn-scratch has one layer in one direction over one-hot input, "
            + "no dropout and initial values of its own; choose rnn, gru or lstm for more)"
    )]
    [InlineData("bidirectional", "1", "\"bidirectional\" in its metadata \"model\" is 1, neither true nor false")]
    [InlineData(
        "dropout",
        "1",
        "its configuration cannot be used (Dropout is 1 and must be a number from 0 to below 1)"
    )]
    [InlineData("dropout", "[]", "\"dropout\" in its metadata \"model\" is [], not a number or \"Infinity\"")]
    [InlineData(
        "embeddingSize",
        "32769",
        "\"embeddingSize\" in its metadata \"model\" is 32769, not a whole number from 0 to 32,768"
    )]
    [InlineData(
        "initialDeviation",
        "0",
        "its configuration cannot be used (InitialDeviation is 0 and must be a number above 0 and at most 100; "
            + "leave it null for PyTorch's initial values)"
    )]
    [InlineData("hiddenSize", "3", "its parameter W_xh has the shape (3, 2) and (3, 3) by its configuration")]
    public void A_configuration_that_cannot_be(string member, string? json, string problem) =>
        AssertRefused(RawSafetensors.WithMember("model", member, json), problem + Damaged);

    [Fact]
    public void A_parameter_that_is_missing() =>
        AssertRefused(
            RawSafetensors.Changed(file =>
            {
                file.Header.Remove("b_q");
                file.Data = file.Data[..^12];
            }),
            "it lacks the parameter b_q (3) of its model, which is rnn-scratch" + Damaged
        );

    [Fact]
    public void A_tensor_too_many() =>
        AssertRefused(
            RawSafetensors.Changed(file =>
                file.Header["b_r"] = JsonNode.Parse("""{"dtype":"F32","shape":[0],"data_offsets":[84,84]}""")
            ),
            "it holds a tensor \"b_r\", which rnn-scratch has no use for" + Damaged
        );

    [Fact]
    public void A_parameter_of_another_shape() =>
        AssertRefused(
            RawSafetensors.WithTensor("""{"dtype":"F32","shape":[4],"data_offsets":[24,40]}"""),
            "its parameter W_hh has the shape (4) and (2, 2) by its configuration" + Damaged
        );

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void A_weight_that_is_not_finite(float weight, string shown) =>
        AssertRefused(
            RawSafetensors.Changed(file => BinaryPrimitives.WriteSingleLittleEndian(file.Data.AsSpan(24 + 12), weight)),
            $"value 3 of its parameter \"W_hh\" is {shown}, not a finite number; "
                + "train the model again with a lower learning rate"
        );

    [Theory]
    [InlineData("tokens", null, "its metadata \"text\" lacks \"tokens\"")]
    [InlineData("tokens", """["<unk>","a"]""", "\"tokens\" in its metadata \"text\" has 2 entries and must have 3")]
    [InlineData("tokens", """["<unk>","a",7]""", "\"tokens\" in its metadata \"text\" is 7, not a string")]
    [InlineData(
        "tokens",
        """["a","b","c"]""",
        "its text cannot be used (The tokens do not begin with \"<unk>\"; index 0 of every vocabulary is that token)"
    )]
    [InlineData(
        "tokens",
        """["<unk>","a","a"]""",
        "its text cannot be used (The token \"a\" is at indices 1 and 2; give each token once)"
    )]
    [InlineData(
        "tokens",
        """["<unk>","a",""]""",
        "its text cannot be used (The token at index 2 is empty; every token has at least one character)"
    )]
    [InlineData("frequencies", "[0,3]", "\"frequencies\" in its metadata \"text\" has 2 entries and must have 3")]
    [InlineData(
        "frequencies",
        "[0,3,-2]",
        "\"frequencies\" in its metadata \"text\" is -2, not a whole number from 0 to 9,223,372,036,854,775,807"
    )]
    [InlineData(
        "tokenizer",
        "\"syllables\"",
        "its text cannot be used (There is no tokenizer \"syllables\"; choose characters, words or bytes)"
    )]
    [InlineData(
        "normalization",
        "\"Letters\"",
        "its text has the Normalization \"Letters\", which is none of letters, none"
    )]
    [InlineData("lineJoin", "\"0\"", "its text has the LineJoin \"0\", which is none of nothing, space")]
    public void A_text_that_cannot_be(string member, string? json, string problem) =>
        AssertRefused(RawSafetensors.WithMember("text", member, json), problem + Damaged);

    [Theory]
    [InlineData(
        "epochs",
        "-1",
        "\"epochs\" in its metadata \"training\" is -1, not a whole number from 0 to 2,147,483,647"
    )]
    [InlineData("tokens", null, "its metadata \"training\" lacks \"tokens\"")]
    [InlineData(
        "perplexity",
        "\"NaN\"",
        "\"perplexity\" in its metadata \"training\" is \"NaN\", not a number or \"Infinity\""
    )]
    [InlineData(
        "perplexity",
        "0",
        "its training cannot be used (The perplexity is 0 and must be a number above 0; leave it out where it is not known)"
    )]
    [InlineData("settings", "[]", "its metadata \"training\" under \"settings\" is [], not a JSON object")]
    [InlineData(
        "settings",
        """{"seed":1}""",
        "\"seed\" in its metadata \"training\" under \"settings\" is 1, not a string"
    )]
    public void A_training_that_cannot_be(string member, string? json, string problem) =>
        AssertRefused(RawSafetensors.WithMember("training", member, json), problem + Damaged);

    private static void AssertRefused(byte[] file, string message)
    {
        var error = Assert.Throws<ModelFileException>(() => TinyModel.Load(file));
        Assert.Equal($"Cannot read the stream: {message}.", error.Message);
    }
}
