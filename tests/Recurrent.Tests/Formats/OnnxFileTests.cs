using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Tests.Formats.Onnx;

namespace Recurrent.Tests.Formats;

/// <summary>Our ONNX files, which onnx.checker accepted (check_with_onnx.py), in ONNX Runtime.</summary>
public sealed class OnnxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => new(ExchangeCase.All.Select(c => c.Name));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Onnx_Runtime_gives_our_logits_and_states(string name)
    {
        var trained = ExchangeCase.Model(ExchangeCase.All.Single(c => c.Name == name).Configuration);
        trained.ExportOnnx(_folder["model.onnx"]);
        ExchangeCase.CheckGolden($"{name}.onnx", File.ReadAllBytes(_folder["model.onnx"]));
        ExchangeCase.AssertAgrees(trained.Model, Read(_folder["model.onnx"], trained.Model.Configuration), name);
    }

    [Fact]
    public void Only_a_file_of_ours_is_replaced()
    {
        var path = _folder["model.onnx"];
        File.WriteAllText(path, "");
        TinyModel.Create().ExportOnnx(path);
        var written = File.ReadAllBytes(path);
        TinyModel.Create().ExportOnnx(path);
        Assert.Equal(written, File.ReadAllBytes(path));

        foreach (var other in (string[])["mine", "a text that is longer than the beginning"])
        {
            File.WriteAllText(path, other);
            var error = Assert.Throws<ModelFileException>(() => TinyModel.Create().ExportOnnx(path));
            Assert.Equal(
                $"Cannot write {path}: a file that Recurrent has not exported is there and would be lost; "
                    + "choose another name.",
                error.Message
            );
            Assert.Equal(other, File.ReadAllText(path));
        }
    }

    [Fact]
    public void A_model_of_another_kind_is_refused()
    {
        var odd = new TrainedModel(
            TinyModel.Model(3, step: (x, state, p) => RnnFromScratch.Step(x, state, p)),
            TinyModel.Create().Codec
        );
        var error = Assert.Throws<ModelFileException>(() => odd.ExportOnnx(_folder["odd.onnx"]));
        Assert.Equal(
            $"Cannot write {_folder["odd.onnx"]}: the model computes in a way of its own; export one of the kinds "
                + "rnn-scratch, rnn, rnn-relu, gru, gru-reset-before, lstm, mingru, minlstm.",
            error.Message
        );
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("mingru")]
    [InlineData("minlstm")]
    public void A_cell_that_ONNX_has_no_operator_for_is_refused_by_name(string kind)
    {
        var trained = new TrainedModel(
            LanguageModel.Create(kind, vocabularySize: 3, hiddenSize: 2),
            TinyModel.Create().Codec
        );
        var error = Assert.Throws<ModelFileException>(() => trained.ExportOnnx(_folder["min.onnx"]));
        Assert.Equal(
            $"Cannot write {_folder["min.onnx"]}: ONNX has no operator for the cell {kind}; export a model of "
                + "rnn, rnn-relu, gru, gru-reset-before, lstm, or read the weights from the model file, which is a "
                + "safetensors file.",
            error.Message
        );
        Assert.Empty(_folder.Names);
    }

    /// <summary>What ONNX Runtime gives in two calls, with the state carried from one to the other.</summary>
    private static ExchangeCase.Reading Read(string path, ModelConfiguration model)
    {
        int[] shape = [model.Layers * (model.Bidirectional ? 2 : 1), ExchangeCase.Batch, model.HiddenSize];
        string[] parts = model.Kind == "lstm" ? ["h", "c"] : ["h"];
        var state = parts.ToDictionary(part => part, _ => new float[shape[0] * shape[1] * shape[2]]);
        var logits = new double[2][];
        for (var call = 0; call < logits.Length; call++)
        {
            long[] tokens = [.. ExchangeCase.Tokens(call).Select(token => (long)token)];
            var results = OnnxRuntime.Run(
                path,
                [
                    ("tokens", tokens, [ExchangeCase.Batch, tokens.Length / ExchangeCase.Batch]),
                    .. parts.Select(part => ($"{part}_0", (object)state[part], shape)),
                ]
            );
            state = parts.ToDictionary(part => part, part => results[$"{part}_n"]);
            logits[call] = TimeMajor(results["logits"], model.VocabularySize);
        }
        return new(logits, [.. parts.Select(part => state[part].Select(value => (double)value).ToArray())]);
    }

    /// <summary>(batch, steps, V) to (steps, batch, V).</summary>
    private static double[] TimeMajor(float[] logits, int entries)
    {
        var rows = logits.Chunk(entries).ToArray();
        var steps = rows.Length / ExchangeCase.Batch;
        return
        [
            .. Enumerable
                .Range(0, rows.Length)
                .SelectMany(i => rows[(i % ExchangeCase.Batch * steps) + (i / ExchangeCase.Batch)])
                .Select(value => (double)value),
        ];
    }
}
