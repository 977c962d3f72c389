using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Cli.Tests.Support;
using Line = Spectre.Console.Text;

namespace Recurrent.Cli.Tests.Output;

public sealed class LiveFrameTests
{
    [Fact]
    public void Paints_over_itself_and_nothing_else()
    {
        using var output = new StringWriter();
        output.Write("before\n");
        var frame = new LiveFrame(output, new Terminal(() => 20, () => 10, Color: false));
        frame.Paint(new Line("one\ntwo\nthree"));
        frame.Paint(new Line("four"));
        frame.Append(new Line("after"));
        Assert.Equal(["before", "four", "after"], Screen.Show(output.ToString(), 20, 10).Rows);
    }

    [Fact]
    public void Cuts_what_is_higher_than_the_terminal_so_that_nothing_scrolls_away()
    {
        using var output = new StringWriter();
        var frame = new LiveFrame(output, new Terminal(() => 20, () => 4, Color: false));
        frame.Paint(new Line("1\n2\n3\n4\n5\n6"));
        frame.Paint(new Line("a\nb\nc\nd\ne\nf"));
        Assert.Equal(["a", "b", "c"], Screen.Show(output.ToString(), 20, 4).Rows);
    }

    [Fact]
    public void Goes_up_over_the_lines_that_a_narrower_terminal_has_broken()
    {
        var width = 40;
        using var output = new StringWriter();
        var frame = new LiveFrame(output, new Terminal(() => width, () => 10, Color: false));
        frame.Paint(new Line(new string('x', 35)));
        width = 20;
        var before = output.ToString().Length;
        frame.Paint(new Line("short"));
        Assert.StartsWith("\e[2A\r\e[J", output.ToString()[before..]);
    }

    [Fact]
    public void Wide_characters_count_two_columns()
    {
        using var output = new StringWriter();
        var frame = new LiveFrame(output, new Terminal(() => 11, () => 10, Color: false));
        Assert.Equal(2, frame.RowsOf(new Line("春眠不觉晓处处")));
    }
}
