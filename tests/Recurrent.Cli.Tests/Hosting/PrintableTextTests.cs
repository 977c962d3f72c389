using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Tests.Hosting;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("the miller", "the miller")]
    [InlineData("春眠 \U0001F41F é", "春眠 \U0001F41F é")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\e[2J\a\u009B\u007F\0", "\\u001B[2J\\u0007\\u009B\\u007F\\u0000")]
    public void One_line_shows_what_a_terminal_would_obey(string text, string shown) =>
        Assert.Equal(shown, PrintableText.OneLine(text));

    [Theory]
    [InlineData("a\n\tb", "a\n\tb")]
    [InlineData("a\r\e[1mb", "a\\r\\u001B[1mb")]
    public void Lines_keeps_line_ends_and_tabs(string text, string shown) =>
        Assert.Equal(shown, PrintableText.Lines(text));
}
