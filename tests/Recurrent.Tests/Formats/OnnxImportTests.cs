using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tests.Formats.Onnx;

namespace Recurrent.Tests.Formats;

/// <summary>ONNX models of other programs give the logits that ONNX Runtime and PyTorch give.</summary>
public sealed class OnnxImportTests : IDisposable
{
    private const int Parts = 4;
    private const int ModelsOfPart = 75;

    private static readonly Dictionary<string, float[]> s_exported = ExchangeCase.Read<Dictionary<string, float[]>>(
        "onnx/write_onnx_with_pytorch.json"
    );

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Exported => new(s_exported.Keys);

    public static TheoryData<string> Ours => new(ExchangeCase.All.Select(c => c.Name).Where(name => name != "scratch"));

    public static TheoryData<int> PartNumbers => new(Enumerable.Range(0, Parts));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(PartNumbers))]
    public void Models_drawn_by_chance_give_the_logits_of_ONNX_Runtime(int part)
    {
        var path = _folder["model.onnx"];
        for (var i = 0; i < ModelsOfPart; i++)
        {
            var seed = (ulong)((part * ModelsOfPart) + i);
            var model = new RandomOnnxModel(seed);
            model.Save(path);
            var tokens = model.Tokens();
            var what = $"model {seed} ({model.Description})";
            var trained = Import(path, model.Vocabulary, what);
            var configuration = trained.Model.Configuration;
            Assert.Equal((model.Hidden, model.Layers), (configuration.HiddenSize, configuration.Layers));
            Assert.Equal(model.Kind == "GRU" && !model.IsResetAfter, configuration.Kind == "gru-reset-before");
            OnnxRuntime.AssertAgree(model.Run(path, tokens), OnnxRuntime.Logits(trained, tokens, model.Batch), what);
        }
    }

    [Theory]
    [MemberData(nameof(Exported))]
    public void Models_that_PyTorch_exported_give_its_logits(string name)
    {
        const int steps = 4;
        var trained = Import(ExchangeCase.PathOf($"onnx/{name}.onnx"), 5, name);
        long[] tokens = [0, 3, 3, 0, 3, 1, 1, 3]; // as in the script
        var logits = OnnxRuntime.Logits(trained, tokens, batch: 2);
        var expected = s_exported[name];
        switch (name)
        {
            case "gru-11": // of the last step alone
                logits = logits[^expected.Length..];
                break;
            case "rnn-16": // log-probabilities
                logits = [.. logits.Chunk(5).SelectMany(row => row.Select(x => x - MathF.Log(row.Sum(MathF.Exp))))];
                break;
        }
        Assert.Equal(name == "gru-11" ? 2 * 5 : 2 * steps * 5, expected.Length);
        OnnxRuntime.AssertAgree(expected, logits, name);
        Assert.Equal(name == "tied-17", trained.Model.Configuration.TiedWeights);
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void Our_own_exports_come_back(string name)
    {
        var trained = ExchangeCase.Model(ExchangeCase.All.Single(c => c.Name == name).Configuration);
        trained.ExportOnnx(_folder["model.onnx"]);
        File.WriteAllText(
            _folder["vocab.json"],
            """{"tokens":["<unk>"," ","e","t","a"],"normalization":"letters","frequencies":[0,5,4,3,2]}"""
        );
        var back = TinyModel.Save(TrainedModel.ImportOnnx(_folder["model.onnx"], _folder["vocab.json"]));
        Assert.Equal(TinyModel.Save(trained), back);
    }

    [Theory]
    [InlineData("rnn-relu", 1, false)]
    [InlineData("rnn-relu", 2, true)]
    [InlineData("gru-reset-before", 1, false)]
    [InlineData("gru-reset-before", 2, true)]
    public void A_cell_that_shares_its_operator_runs_in_ONNX_Runtime_and_comes_back(
        string kind,
        int layers,
        bool bidirectional
    )
    {
        var model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = 5,
                HiddenSize = 3,
                Layers = layers,
                Bidirectional = bidirectional,
            },
            new RandomStream(2, 0)
        );
        var path = _folder["model.onnx"];
        new TrainedModel(model, ExchangeCase.Codec).ExportOnnx(path);
        long[] tokens = [0, 1, 2, 3, 4, 2, 3, 3];
        int[] shape = [layers * (bidirectional ? 2 : 1), 1, 3];
        var zeros = new float[shape[0] * shape[2]];
        var theirs = OnnxRuntime.Run(path, ("tokens", tokens, [1, tokens.Length]), ("h_0", zeros, shape))["logits"];
        var trained = Import(path, 5, kind);
        Assert.Equal(kind, trained.Model.Configuration.Kind);
        OnnxRuntime.AssertAgree(theirs, OnnxRuntime.Logits(trained, tokens, batch: 1), kind);
    }

    /// <summary>docs/exchange.md writes it from Keras' weights, check_keras_layout.py by Keras' equations.</summary>
    [Fact]
    public void Keras_GRU_with_its_reset_gate_first_gives_the_logits_of_its_equations()
    {
        var (tokens, logits) = ExchangeCase.Read<KerasReading>("onnx/keras-reset-before.json");
        var trained = Import(ExchangeCase.PathOf("onnx/keras-reset-before.onnx"), 5, "keras-reset-before");
        Assert.Equal("gru-reset-before", trained.Model.Configuration.Kind);
        OnnxRuntime.AssertAgree(logits, OnnxRuntime.Logits(trained, tokens, batch: 1), "keras-reset-before");
    }

    [Fact]
    public void Vectors_of_the_callers_are_said_to_be_taken_for_one_hot_ones()
    {
        List<string> notes = [];
        File.WriteAllText(_folder["vocab.json"], """["a","b","c","d","e"]""");
        TrainedModel.ImportOnnx(ExchangeCase.PathOf("onnx/lstm-8.onnx"), _folder["vocab.json"], notes.Add);
        Assert.Equal(
            ["The model reads vectors that its caller makes, and they are taken for one-hot vectors of the tokens."],
            notes
        );
        notes.Clear();
        TrainedModel.ImportOnnx(ExchangeCase.PathOf("onnx/lstm-13.onnx"), _folder["vocab.json"], notes.Add);
        Assert.Empty(notes);
    }

    private sealed record KerasReading(long[] Tokens, float[] Logits);

    private TrainedModel Import(string path, int vocabulary, string what)
    {
        var tokens = Enumerable.Range(0, vocabulary).Select(i => $"\"{(char)('a' + i)}\"");
        File.WriteAllText(_folder["vocab.json"], $$"""{"tokens":[{{string.Join(",", tokens)}}]}""");
        try
        {
            return TrainedModel.ImportOnnx(path, _folder["vocab.json"]);
        }
        catch (ModelFileException error)
        {
            throw new InvalidOperationException(what, error);
        }
    }
}
