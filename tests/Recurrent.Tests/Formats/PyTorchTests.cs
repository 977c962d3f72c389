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
        var weights = ExchangeCase.PathOf($"pytorch/{name}.safetensors");
        var trained = TrainedModel.ImportPyTorch(weights, ExchangeCase.PathOf("pytorch/vocab.json"));

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
    [MemberData(nameof(Recurrent))]
    public void Our_own_weights_come_back(string name) =>
        AssertComeBack(File.ReadAllBytes(ExchangeCase.PathOf($"{name}.safetensors")));

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

    private static void AssertComeBack(byte[] file)
    {
        using var folder = new TemporaryFolder();
        var (weights, vocabulary) = (folder["weights.safetensors"], folder["vocab.json"]);
        File.WriteAllBytes(weights, file);
        File.WriteAllText(
            vocabulary,
            """{"tokens":["<unk>"," ","e","t","a"],"normalization":"letters","frequencies":[0,5,4,3,2]}"""
        );
        Assert.Equal(file, TinyModel.Save(TrainedModel.ImportPyTorch(weights, vocabulary)));
    }
}
