using System.Runtime.CompilerServices;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Commands;

public sealed class ImportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Makes_a_model_that_can_write()
    {
        var model = _folder["my.safetensors"];
        var result = CliRunner.Plain(
            "import",
            Fixture("gru-deep.safetensors"),
            "--vocabulary",
            Fixture("vocab.json"),
            "--out",
            model
        );
        Assert.Equal(
            new CliResult(
                0,
                $"gru: 2 layers of 3 hidden units, embedding 4, 6 vocabulary entries, 201 weights\nmodel saved: {model}\n",
                ""
            ),
            result
        );
        var written = CliRunner.Plain("generate", model, "--prefix", "é", "--length", "9");
        Assert.Equal((0, ""), (written.ExitCode, written.Error));
        Assert.DoesNotContain("<unk>", written.Out);
    }

    [Theory]
    [InlineData("rnn", "rnn: 3 hidden units")]
    [InlineData("rnn", "rnn: 3 hidden units", "--nonlinearity", "tanh")]
    [InlineData("rnn", "rnn-relu: 3 hidden units", "--nonlinearity", "relu")]
    public void The_nonlinearity_is_asked_for_or_said(string name, string kind, params string[] option)
    {
        var result = CliRunner.Plain([
            "import",
            Fixture($"{name}.safetensors"),
            "--vocabulary",
            Fixture("vocab.json"),
            "--out",
            _folder["my.safetensors"],
            .. option,
        ]);
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith(kind, result.Out, StringComparison.Ordinal);
        Assert.Equal(option.Length == 0, result.Error.Contains("is taken for the former", StringComparison.Ordinal));
    }

    [Fact]
    public void An_ONNX_model_is_one_too()
    {
        string[] arguments =
        [
            "import",
            Fixture("../onnx/lstm-13.onnx"),
            "--vocabulary",
            Fixture("vocab.json"),
            "--out",
            _folder["my.safetensors"],
        ];
        Assert.Equal(
            new CliResult(
                0,
                "lstm: 2 layers of 3 hidden units, embedding 4, 6 vocabulary entries, 252 weights\n"
                    + $"model saved: {_folder["my.safetensors"]}\n",
                ""
            ),
            CliRunner.Plain(arguments)
        );
        Assert.Equal(
            (2, "An ONNX file tells the nonlinearity of an RNN; leave --nonlinearity out.\n"),
            CliRunner.Plain([.. arguments, "--nonlinearity", "relu"]) is var result
                ? (result.ExitCode, result.Error)
                : default
        );
    }

    [Fact]
    public void Leaves_other_files_alone()
    {
        var weights = _folder.Write("w.safetensors", File.ReadAllBytes(Fixture("rnn.safetensors")));
        var result = CliRunner.Plain("import", weights, "--vocabulary", Fixture("vocab.json"), "--out", weights);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("a file that is not a model is there", result.Error);
        Assert.Equal(File.ReadAllBytes(Fixture("rnn.safetensors")), File.ReadAllBytes(weights));
    }

    [Fact]
    public void A_vocabulary_must_be_named() =>
        Assert.Equal(2, CliRunner.Plain("import", Fixture("rnn.safetensors")).ExitCode);

    [Fact]
    public void A_wrong_vocabulary_is_a_failure()
    {
        var vocabulary = _folder.Write("vocab.json", """{"tokens":["a"]}""");
        var result = CliRunner.Plain(
            "import",
            Fixture("rnn.safetensors"),
            "--vocabulary",
            vocabulary,
            "--out",
            _folder["my.safetensors"]
        );
        Assert.Equal((1, ""), (result.ExitCode, result.Out));
        Assert.StartsWith($"Cannot read {vocabulary}: it has 1 token and the weights have 5 entries; ", result.Error);
        Assert.Equal(["vocab.json"], _folder.Names);
    }

    private static string Fixture(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../Recurrent.Tests/Formats/fixtures/pytorch", name);
}
