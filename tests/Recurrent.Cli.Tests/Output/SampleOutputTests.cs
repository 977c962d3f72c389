using Recurrent.Cli.Output;

namespace Recurrent.Cli.Tests.Output;

public sealed class SampleOutputTests
{
    [Fact]
    public void A_text_is_shown_as_it_comes_once_those_before_it_are_whole()
    {
        using var written = new StringWriter { NewLine = "\n" };
        var output = new SampleOutput(written, isTerminal: false, ["o", "o", "o"]);
        output.Begin();
        output.Add((0, "a", IsLast: false));
        output.Add((1, "b", IsLast: false));
        output.Add((2, "c", IsLast: true));
        Assert.Equal("oa", written.ToString());
        output.Add((0, "A", IsLast: true));
        Assert.Equal("oaA\n---\nob", written.ToString());
        output.Add((1, "B", IsLast: true));
        Assert.Equal("oaA\n---\nobB\n---\noc\n", written.ToString());
    }
}
