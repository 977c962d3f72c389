using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Commands;

/// <summary>A text that cannot be trained on: exit code 1, one sentence, and no file is touched.</summary>
public sealed class BadTextTests : IDisposable
{
    private const string AnyBytes = "or read its raw bytes with --tokens bytes --line-ends keep.";

    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose()
    {
        Assert.False(File.Exists(Model));
        _folder.Dispose();
    }

    private CliResult Train(string text, params string[] more) =>
        CliRunner.Plain(Tiny.Train(Model, 3, [text, .. more]));

    [Fact]
    public void Neither_file_nor_dataset() =>
        Train("strory")
            .AssertFailed(
                1,
                "\"strory\" is neither a file, a folder nor a dataset; "
                    + "check the path, or give a dataset: story, time-machine or war-of-the-worlds."
            );

    [Fact]
    public void An_empty_folder() =>
        Train(_folder.Path).AssertFailed(1, $"There is no file in {_folder.Path}; give a folder with texts.");

    [Fact]
    public void An_empty_file()
    {
        var path = _folder.Write("a.txt", "");
        Train(path).AssertFailed(1, $"{path} is empty; give a text with at least one character.");
    }

    [Fact]
    public void A_binary_file()
    {
        var path = _folder.Write("a.bin", "ab\0c"u8.ToArray());
        Train(path)
            .AssertFailed(1, $"{path} is not text: it has a zero byte at offset 2; convert it to text, {AnyBytes}");
    }

    [Fact]
    public void A_file_in_another_encoding()
    {
        var path = _folder.Write("a.txt", [0x63, 0x61, 0x66, 0xE9, 0x0A]);
        Train(path)
            .AssertFailed(
                1,
                $"{path} is not UTF-8: byte 0xE9 in line 1, at offset 3, is invalid; "
                    + $"name its encoding, such as --encoding windows-1252, {AnyBytes}"
            );
    }

    [Fact]
    public void A_text_that_is_too_short()
    {
        var path = _folder.Write("a.txt", "To be, or not to be");
        Train(path, "--normalize", "none")
            .AssertFailed(
                1,
                $"{path} is too short: --batch 4 and --steps 8 need 40 characters and there are 19; "
                    + "choose a longer text, a smaller --batch or fewer --steps."
            );
    }

    [Fact]
    public void A_text_that_has_no_letters_is_told_of_normalization()
    {
        var path = _folder.Write("a.txt", string.Concat(Enumerable.Repeat("处处闻啼鸟", 100)));
        Train(path)
            .AssertFailed(
                1,
                $"{path} is too short: --batch 4 and --steps 8 need 40 characters and there are 0; choose a longer text, "
                    + "a smaller --batch or fewer --steps, or --normalize none to keep more than the letters A-Z."
            );
    }

    [Fact]
    public void Too_few_tokens_asked_for() =>
        CliRunner
            .Plain("train", "story", "--preset", "book", "--max-tokens", "1154", "--out", Model)
            .AssertFailed(
                1,
                "story is too short: --batch 32 and --steps 35 need 1,155 characters and there are 1,154; "
                    + "choose a larger --max-tokens, a smaller --batch or fewer --steps."
            );

    [Fact]
    public void An_empty_pipe()
    {
        using var runner = new CliRunner { Input = [] };
        runner
            .Run(Tiny.Train(Model, 3, "-"))
            .AssertFailed(1, "standard input is empty; give a text with at least one character.");
    }
}
