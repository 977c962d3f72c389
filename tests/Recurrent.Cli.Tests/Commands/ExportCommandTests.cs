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

    [Theory]
    [InlineData("f16")]
    [InlineData("bf16")]
    public void Half_the_bits_give_half_the_weights_and_say_what_is_lost(string type)
    {
        var (model, small) = (_folder["model.safetensors"], _folder["small.safetensors"]);
        CliRunner.Plain(Tiny.Train(model));
        var result = CliRunner.Plain("export", model, "--dtype", type, "--out", small);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var lines = result.Out.Split('\n');
        var (before, after) = (new FileInfo(model).Length, new FileInfo(small).Length);
        Assert.Equal($"model saved: {small}, {after:#,0} bytes instead of {before:#,0}", lines[0]);
        var words = lines[1].Split(' ');
        Assert.Equal("perplexity on 2,000 tokens that the model wrote:", string.Join(' ', words[..8]));
        var (exact, rounded) = (double.Parse(words[8].TrimEnd(',')), double.Parse(words[10]));
        Assert.NotEqual(exact, rounded);
        Assert.InRange(rounded / exact, 0.99, 1.01);
        var weights = int.Parse(
            CliRunner
                .Plain("inspect", model)
                .Out.Split('\n')
                .Single(line => line.StartsWith("weights", StringComparison.Ordinal))
                .Split(' ')[^1],
            System.Globalization.NumberStyles.AllowThousands
        );
        Assert.InRange(before - after, (2 * weights) - 100, (2 * weights) + 100);
        Assert.Equal(0, CliRunner.Plain("generate", small).ExitCode);
    }

    [Fact]
    public void Thirty_two_bits_give_the_same_file()
    {
        var (model, other) = (_folder["model.safetensors"], _folder["other.safetensors"]);
        CliRunner.Plain(Tiny.Train(model));
        Assert.Equal(0, CliRunner.Plain("export", model, "--dtype", "f32", "--out", other).ExitCode);
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(other));
    }

    [Fact]
    public void The_exact_weights_are_never_lost()
    {
        var (model, link) = (_folder["model.safetensors"], _folder["link.safetensors"]);
        CliRunner.Plain(Tiny.Train(model));
        File.CreateSymbolicLink(link, model);
        var before = File.ReadAllBytes(model);
        foreach (var output in (string[])[model, link])
        {
            var result = CliRunner.Plain("export", model, "--dtype", "f16", "--out", output);
            Assert.Equal((2, ""), (result.ExitCode, result.Out));
            Assert.Contains("is the model itself, whose weights would be lost", result.Error);
            Assert.Equal(before, File.ReadAllBytes(model));
        }
    }

    [Theory]
    [InlineData("--dtype f16", "There must be one file to write; give --onnx my.onnx, or --dtype f16 --out small")]
    [InlineData("--onnx a --dtype f16 --out b", "There must be one file to write; ")]
    [InlineData("--out b", "--dtype and --out go together; ")]
    [InlineData("--onnx a --dtype f16", "--dtype and --out go together; ")]
    [InlineData("--dtype f8 --out b", "--dtype is \"f8\" and must be f32 or f16 or bf16; ")]
    public void One_file_of_one_kind_is_written(string options, string error)
    {
        var result = CliRunner.Plain(["export", "m.safetensors", .. options.Split(' ')]);
        Assert.Equal((2, ""), (result.ExitCode, result.Out));
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_model_is_a_failure()
    {
        var result = CliRunner.Plain("export", _folder["none"], "--onnx", _folder["none.onnx"]);
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.Contains($"there is no file {_folder["none"]}", result.Error);
        Assert.Empty(_folder.Names);
    }
}
