using System.Text;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>
/// From texts in any script, and from bytes that are no text, to what their models write and measure.
/// </summary>
public sealed class AnyTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bytes_that_are_no_text_are_trained_on_written_measured_and_scored()
    {
        // "café" in Latin-1, and a zero byte: no UTF-8, and binary.
        var bytes = Enumerable.Repeat<byte[]>([0x63, 0x61, 0x66, 0xE9, 0x00, 0x0A], 100).SelectMany(b => b);
        var path = _folder.Write("latin1.txt", [.. bytes]);
        string[] asBytes = ["--tokens", "bytes", "--normalize", "none", "--line-ends", "keep"];
        var trained = CliRunner.Plain(Tiny.Train(Model, 60, [path, .. asBytes, "--lr", "2"]));
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        Assert.Contains("500 bytes, 7 vocabulary entries", trained.Out, StringComparison.Ordinal);

        var written = CliRunner.Plain("generate", Model, "--prefix", "ca", "--length", "40");
        Assert.Equal(0, written.ExitCode);
        Assert.Contains("f\uFFFD", written.Out, StringComparison.Ordinal); // as it is shown, the byte is no character

        var measured = CliRunner.Plain("evaluate", Model, path);
        Assert.Equal(0, measured.ExitCode);
        Assert.Contains("60 bytes, 0 unknown", measured.Out, StringComparison.Ordinal);

        using var runner = new CliRunner { Input = "caf\ncaf\n"u8.ToArray() };
        Assert.Equal(2, runner.Run("score", Model).Lines.Length);
    }

    [Fact]
    public void Bytes_of_text_come_back_as_characters()
    {
        var path = _folder.Write("emoji.txt", string.Concat(Enumerable.Repeat("好😀", 200)));
        string[] asBytes = ["--tokens", "bytes", "--normalize", "none"];
        Assert.Equal(0, CliRunner.Plain(Tiny.Train(Model, 60, [path, .. asBytes, "--lr", "2"])).ExitCode);
        var written = CliRunner.Plain("generate", Model, "--prefix", "好", "--length", "11");
        Assert.Equal("好😀好😀\n", written.Out);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_character_of_any_plane_is_one_token(bool marked)
    {
        var text = string.Concat(Enumerable.Repeat("机器学习😀👍", 100));
        byte[] bytes = [.. marked ? Encoding.UTF8.Preamble : [], .. Encoding.UTF8.GetBytes(text)];
        var path = _folder.Write("chinese.txt", bytes);
        var trained = CliRunner.Plain(Tiny.Train(Model, 60, path, "--normalize", "none", "--lr", "2"));
        Assert.Contains("500 characters, 7 vocabulary entries", trained.Out, StringComparison.Ordinal);
        var written = CliRunner.Plain("generate", Model, "--prefix", "机器", "--length", "6");
        Assert.Equal("机器学习😀👍机器\n", written.Out);
    }

    [Fact]
    public void Rare_tokens_become_unknown_and_the_model_file_says_from_when_on()
    {
        var path = _folder.Write("letters.txt", string.Concat(Enumerable.Repeat("aaabbc", 100)) + "defg");
        var frequent = CliRunner.Plain(Tiny.Train(Model, 1, path, "--min-frequency", "2"));
        Assert.Contains("500 characters, 4 vocabulary entries", frequent.Out, StringComparison.Ordinal);
        Assert.Contains(new("min-frequency", "2"), TrainedModel.Load(Model).Training.Settings);

        var few = CliRunner.Plain(Tiny.Train(Model, 1, path, "--max-vocabulary", "3"));
        Assert.Contains("500 characters, 3 vocabulary entries", few.Out, StringComparison.Ordinal);
        var model = TrainedModel.Load(Model);
        Assert.Contains(new("max-vocabulary", "3"), model.Training.Settings);
        Assert.Equal(["<unk>", "a", "b"], model.Codec.Vocabulary.Tokens);
        Assert.DoesNotContain(model.Training.Settings, setting => setting.Key == "min-frequency");
    }
}
