using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Input;

/// <summary>
/// A text whose tokens are kept in a file is trained on as any other; here every text counts as large.
/// </summary>
public sealed class LargeTextTests : IDisposable
{
    private static readonly string s_text = string.Concat(Enumerable.Repeat("机器学习 is machine learning 😀\n", 40));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sequential")]
    [InlineData("random")]
    public void The_model_file_is_the_same_to_the_byte(string sampler)
    {
        var path = _folder.Write("my.txt", s_text);
        string[] options = ["--normalize", "none", "--max-tokens", "0", "--sampler", sampler, "--validation", "0.2"];
        var (result, small) = Train(long.MaxValue, "small.safetensors", [path, .. options]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["my.txt", "small.report.html", "small.safetensors"], _folder.Names);

        (result, var large) = Train(0, "large.safetensors", [path, .. options]);
        var cache = _folder["large.safetensors.tokens"];
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            $"The tokens of my.txt are kept in {cache} (0.0 MB); the file can be deleted after the training run.\n",
            result.Error
        );
        Assert.Equal(small, large);

        (result, large) = Train(0, "large.safetensors", [path, .. options]);
        Assert.Equal($"The tokens of my.txt are read from {cache}.\n", result.Error);
        Assert.Equal(small, large);
    }

    [Fact]
    public void The_model_file_is_the_same_where_segments_are_read_side_by_side()
    {
        var path = _folder.Write("my.txt", s_text);
        string[] text = [path, "--validation", "0.2"];
        var (_, small) = Train(long.MaxValue, "small.safetensors", text, segment: 500);
        var (result, large) = Train(0, "large.safetensors", text, segment: 500);
        var cache = _folder["large.safetensors.tokens"];
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            $"The tokens of my.txt are kept in {cache} and {cache}.2 to 3 (0.0 MB); they can be deleted after the "
                + "training run.\n",
            result.Error
        );
        Assert.Equal(small, large);
        (result, large) = Train(0, "large.safetensors", text, segment: 500);
        Assert.Equal($"The tokens of my.txt are read from {cache} and {cache}.2 to 3.\n", result.Error);
        Assert.Equal(small, large);
    }

    [Fact]
    public void Several_files_are_read_from_what_was_kept_of_them_until_one_changes()
    {
        _folder.Write("a.txt", s_text);
        _folder.Write("b.txt", s_text + "the end");
        var cache = _folder["large.safetensors.tokens"];
        string[] text = [_folder["a.txt"], _folder["b.txt"]];
        var (_, small) = Train(1 << 20, "small.safetensors", text);
        var (result, large) = Train(1000, "large.safetensors", text);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(" are kept in ", result.Error);
        Assert.Equal(small, large);

        var written = File.GetLastWriteTimeUtc(cache);
        (result, large) = Train(1000, "large.safetensors", text);
        Assert.Equal($"The tokens of {text[0]} and 1 more are read from {cache}.\n", result.Error);
        Assert.Equal(written, File.GetLastWriteTimeUtc(cache));
        Assert.Equal(small, large);

        (result, _) = Train(1000, "large.safetensors", [.. text.Reverse()]); // another text
        Assert.Contains(" are kept in ", result.Error);
        _folder.Write("a.txt", s_text[..^1] + "!");
        (result, _) = Train(1000, "large.safetensors", [.. text.Reverse()]);
        Assert.Contains(" are kept in ", result.Error);
    }

    [Fact]
    public void A_column_of_a_large_table_is_read_from_what_was_kept_of_it()
    {
        var csv = _folder.Write("t.csv", "id,text\n" + string.Concat(Enumerable.Repeat("1,the tide was out\n", 100)));
        string[] text = [csv, "--column", "text"];
        Assert.Contains(" are kept in ", Train(0, "large.safetensors", text).Result.Error);
        Assert.Contains(" are read from ", Train(0, "large.safetensors", text).Result.Error);
    }

    [Fact]
    public void A_pipe_is_read_once()
    {
        string[] text = ["-", "--normalize", "none", "--max-tokens", "0"];
        var (_, small) = Train(1 << 20, "small.safetensors", text);
        foreach (var most in new[] { 0, s_text.Length / 2 })
        {
            var (result, large) = Train(most, "large.safetensors", text);
            Assert.Equal(0, result.ExitCode);
            Assert.StartsWith("The tokens of text are kept in ", result.Error, StringComparison.Ordinal);
            Assert.Equal(small, large);
        }
    }

    [Fact]
    public void A_few_tokens_of_a_large_text_need_no_file()
    {
        var path = _folder.Write("my.txt", s_text);
        var (result, _) = Train(most: 400, "few.safetensors", [path, "--max-tokens", "100"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["few.report.html", "few.safetensors", "my.txt"], _folder.Names);
    }

    [Fact]
    public void A_text_that_is_no_text_is_refused_as_a_small_one_is()
    {
        var path = _folder.Write("latin1.txt", [.. "caf"u8, 0xE9]);
        var (result, _) = Train(0, "model.safetensors", [path, "--max-tokens", "0"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("byte 0xE9 in line 1, at offset 3, is invalid", result.Error, StringComparison.Ordinal);
        Assert.Equal(["latin1.txt"], _folder.Names);
    }

    private (CliResult Result, byte[]? Model) Train(long most, string model, string[] text, long segment = 1 << 20)
    {
        using var runner = new CliRunner
        {
            LargeText = most,
            SegmentLength = segment,
            Input = System.Text.Encoding.UTF8.GetBytes(s_text),
        };
        var result = runner.Run([
            "train",
            .. text,
            .. $"--out {_folder[model]} --epochs 2 --hidden 16 --batch 4 --steps 8 --threads 1".Split(' '),
        ]);
        return (result, File.Exists(_folder[model]) ? File.ReadAllBytes(_folder[model]) : null);
    }
}
