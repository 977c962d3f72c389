using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Commands;

public sealed class ExportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_what_was_trained_by_default()
    {
        var (model, onnx) = (_folder["model.safetensors"], _folder["model.onnx"]);
        CliRunner.Plain(Tiny.Train(model));
        var result = CliRunner.Plain("export", model, "--onnx", onnx);
        Assert.Equal(new CliResult(0, $"model exported: {onnx}\n", ""), result);
        Assert.True(File.ReadAllBytes(onnx).AsSpan().IndexOf("linear.weight"u8) > 0);
    }

    [Fact]
    public void Leaves_the_model_itself_alone()
    {
        var model = _folder["model.safetensors"];
        CliRunner.Plain(Tiny.Train(model));
        var before = File.ReadAllBytes(model);
        var result = CliRunner.Plain("export", model, "--onnx", model);
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains("a file that Recurrent has not exported is there", result.Error);
        Assert.Equal(before, File.ReadAllBytes(model));
    }

    [Fact]
    public void A_format_must_be_chosen() =>
        Assert.Equal(2, CliRunner.Plain("export", _folder["model.safetensors"]).ExitCode);

    [Fact]
    public void A_missing_model_is_a_failure()
    {
        var result = CliRunner.Plain("export", _folder["none"], "--onnx", _folder["none.onnx"]);
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains($"there is no file {_folder["none"]}", result.Error);
        Assert.Empty(_folder.Names);
    }
}
