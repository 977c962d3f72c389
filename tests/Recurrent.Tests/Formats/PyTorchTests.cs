using System.Text.Json.Nodes;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Formats;

/// <summary>Weights go to PyTorch (read_with_pytorch.py) and come from there (write_with_pytorch.py).</summary>
public sealed class PyTorchTests
{
    private static readonly Dictionary<string, ExchangeCase.Reading> s_read = ExchangeCase.Read<
        Dictionary<string, ExchangeCase.Reading>
    >("read_with_pytorch.json");

    private static readonly Dictionary<string, ExchangeCase.Reading> s_written = ExchangeCase.Read<
        Dictionary<string, ExchangeCase.Reading>
    >("pytorch/write_with_pytorch.json");

    public static TheoryData<string> Recurrent =>
        new(ExchangeCase.All.Select(c => c.Name).Where(name => name != "scratch"));

    public static TheoryData<string> Written => new(s_written.Keys);

    [Theory]
    [MemberData(nameof(Recurrent))]
    public void PyTorch_reads_our_file_and_gives_our_logits(string name)
    {
        var trained = ExchangeCase.Model(ExchangeCase.All.Single(c => c.Name == name).Configuration);
        ExchangeCase.CheckGolden($"{name}.safetensors", TinyModel.Save(trained));
        ExchangeCase.AssertAgrees(trained.Model, s_read[name], name);
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void We_read_PyTorchs_weights_and_give_its_logits(string name)
    {
        var trained = Import(name.Contains('.') ? name : $"{name}.safetensors", name == "rnn-relu.pt" ? "relu" : null);

        // Its vocabulary has no <unk>, so all indexes are one more.
        Assert.Equal(["<unk>", "\n", " ", "é", "e", "猫"], trained.Codec.Vocabulary.Tokens);
        Assert.Equal([2, 4, 0], trained.Codec.Encode(" ex"));
        ExchangeCase.AssertAgrees(trained.Model, s_written[name], name, firstEntry: 1);
        var saved = TinyModel.Load(TinyModel.Save(trained));
        ExchangeCase.AssertAgrees(saved.Model, s_written[name], name, firstEntry: 1);
        var (logits, _) = trained.Model.Forward([1], 1, trained.Model.InitialState(1));
        Assert.Equal(-100, logits.ToArray()[0]);
    }

    [Theory]
    [InlineData("lstm-shared.pt")]
    [InlineData("lstm-shared.safetensors")]
    public void Tensors_that_share_their_values_are_tied_weights(string name) =>
        Assert.True(Import(name).Model.Configuration.TiedWeights);

    [Theory]
    [InlineData("lstm.safetensors")]
    [InlineData(
        "rnn.safetensors",
        "An nn.RNN with tanh and one with ReLU have the same weights, and this one is taken for the former; "
            + "give the nonlinearity relu if it is the latter."
    )]
    [InlineData("gru-no-bias.pt", "The biases that the file does not hold (bias=False) are zeros.")]
    [InlineData("gru-checkpoint.pt", "The weights are those under \"model_state_dict\"; the rest was passed over.")]
    [InlineData(
        "gru-steps.pt",
        "The tensor \"steps\", which is no weight (I64), was passed over.",
        "The tensor \"rnn.calls\", which is no weight (I64), was passed over."
    )]
    [InlineData(
        "gru-steps.safetensors",
        "The tensor \"steps\", which is no weight (I64), was passed over.",
        "The tensor \"rnn.calls\", which is no weight (I64), was passed over."
    )]
    public void What_is_passed_over_or_taken_for_granted_is_said(string name, params string[] expected)
    {
        List<string> notes = [];
        Import(name, note: notes.Add);
        Assert.Equal(expected, notes);
    }

    [Fact]
    public void Another_nonlinearity_is_the_callers_mistake() =>
        Assert.Throws<ArgumentException>(() => Import("rnn.safetensors", "sine"));

    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    public void An_initial_state_is_passed_over_if_it_is_zeros(float value)
    {
        using var folder = new TemporaryFolder();
        var file = File.ReadAllBytes(ExchangeCase.PathOf("pytorch/gru-deep.safetensors"));
        var (header, data) = RawSafetensors.Parse(file);
        var end = file.Length - data;
        header["h0"] = new JsonObject
        {
            ["dtype"] = "F32",
            ["shape"] = new JsonArray(2, 1, 3),
            ["data_offsets"] = new JsonArray(end, end + 24),
        };
        var state = Enumerable.Repeat(value, 6).SelectMany(BitConverter.GetBytes);
        File.WriteAllBytes(folder["w"], RawSafetensors.Join(header.ToJsonString(), [.. file[data..], .. state]));
        List<string> notes = [];
        TrainedModel Read() =>
            TrainedModel.ImportPyTorch(folder["w"], ExchangeCase.PathOf("pytorch/vocab.json"), note: notes.Add);

        if (value == 0)
        {
            Assert.Equal("gru", Read().Model.Configuration.Kind);
            Assert.Equal(
                ["The tensor \"h0\", an initial state of zeros, was passed over: every model here starts from zeros."],
                notes
            );
        }
        else
        {
            Assert.Equal(
                $"Cannot read {folder["w"]}: its tensor \"h0\" belongs to a learnt initial state (its value 0 is 0.5), "
                    + "and a model here starts from zeros; train it with a state of zeros.",
                Assert.Throws<ModelFileException>(Read).Message
            );
        }
    }

    [Theory]
    [MemberData(nameof(Recurrent))]
    public void Our_own_weights_come_back(string name) =>
        AssertComeBack(
            File.ReadAllBytes(ExchangeCase.PathOf($"{name}.safetensors")),
            name == "rnn-relu" ? "relu" : null
        );

    [Theory]
    [InlineData("mingru", 1, false, 0)]
    [InlineData("mingru", 2, true, 6)]
    [InlineData("minlstm", 2, false, 4)]
    [InlineData("minlstm", 1, true, 0)]
    public void Those_of_cells_without_recurrent_weights_come_back_too(
        string kind,
        int layers,
        bool bidirectional,
        int embedding
    ) =>
        AssertComeBack(
            TinyModel.Save(
                ExchangeCase.Model(
                    new ModelConfiguration
                    {
                        Kind = kind,
                        VocabularySize = 5,
                        HiddenSize = 3,
                        Layers = layers,
                        Bidirectional = bidirectional,
                        EmbeddingSize = embedding,
                        TiedWeights = embedding == 6,
                    }
                )
            )
        );

    private static TrainedModel Import(string name, string? nonlinearity = null, Action<string>? note = null) =>
        TrainedModel.ImportPyTorch(
            ExchangeCase.PathOf($"pytorch/{name}"),
            ExchangeCase.PathOf("pytorch/vocab.json"),
            nonlinearity,
            note
        );

    private static void AssertComeBack(byte[] file, string? nonlinearity = null)
    {
        using var folder = new TemporaryFolder();
        var (weights, vocabulary) = (folder["weights.safetensors"], folder["vocab.json"]);
        File.WriteAllBytes(weights, file);
        File.WriteAllText(
            vocabulary,
            """{"tokens":["<unk>"," ","e","t","a"],"normalization":"letters","frequencies":[0,5,4,3,2]}"""
        );
        Assert.Equal(file, TinyModel.Save(TrainedModel.ImportPyTorch(weights, vocabulary, nonlinearity)));
    }
}
