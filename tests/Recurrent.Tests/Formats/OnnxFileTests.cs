using Recurrent.Formats;
using Recurrent.Models;

namespace Recurrent.Tests.Formats;

/// <summary>What onnx.checker accepted (check_with_onnx.py) and ONNX Runtime gave (run_with_onnxruntime.js).</summary>
public sealed class OnnxFileTests : IDisposable
{
    private static readonly Dictionary<string, ExchangeCase.Reading> s_read = ExchangeCase.Read<
        Dictionary<string, ExchangeCase.Reading>
    >("run_with_onnxruntime.json");

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
        ExchangeCase.AssertAgrees(trained.Model, s_read[name], name);
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
                + "rnn-scratch, rnn, rnn-relu, gru, lstm, mingru, minlstm.",
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
            $"Cannot write {_folder["min.onnx"]}: ONNX has no operator for the cell {kind}; export a model of rnn, gru, lstm, "
                + "or read the weights from the model file, which is a safetensors file.",
            error.Message
        );
        Assert.Empty(_folder.Names);
    }
}
