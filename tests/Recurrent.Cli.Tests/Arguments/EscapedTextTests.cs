using Recurrent.Cli.Arguments;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Arguments;

public sealed class EscapedTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(@"a\nb\tc\rd", "a\nb\tc\rd")]
    [InlineData(@"\\n\\\n", "\\n\\\n")]
    [InlineData(@"\d C:\x \", @"\d C:\x \")]
    [InlineData("", "")]
    public void Line_ends_tabs_and_backslashes_can_be_typed(string typed, string text) =>
        Assert.Equal(text, EscapedText.Read(typed));

    [Fact]
    public void A_line_end_that_is_typed_ends_a_text_and_begins_one()
    {
        var text = _folder.Write("t.txt", string.Concat(Enumerable.Repeat("abc\n", 100)));
        var model = _folder["m.safetensors"];
        Assert.Equal(0, CliRunner.Plain(Tiny.Train(model, 60, text, "--normalize", "none", "--lr", "2")).ExitCode);
        Assert.Equal("abc\n", CliRunner.Plain("generate", model, "--prompt", "a", "--stop", @"\n").Out);
        Assert.Equal("\nabc\n", CliRunner.Plain("generate", model, "--prompt", @"\n", "--length", "3").Out);
    }
}
