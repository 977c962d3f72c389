using Recurrent.Cli.Output;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Output;

public sealed class SampleOutputTests
{
    [Fact]
    public void A_text_is_shown_as_it_comes_once_those_before_it_are_whole()
    {
        using var written = new StringWriter { NewLine = "\n" };
        using var output = new SampleOutput(written, isTerminal: false, ["o", "o", "o"], new SteppingTime());
        output.Begin();
        output.Add((0, "a", IsLast: false));
        output.Add((1, "b", IsLast: false));
        output.Add((2, "c", IsLast: true));
        Assert.Equal("oa", written.ToString());
        output.Add((0, "A", IsLast: true));
        Assert.Equal("oaA\n---\nob", written.ToString());
        output.Add((1, "B", IsLast: true));
        output.Dispose();
        Assert.Equal("oaA\n---\nobB\n---\noc\n", written.ToString());
    }

    [Fact]
    public void What_comes_within_milliseconds_is_printed_together_and_the_rest_at_the_end()
    {
        using var written = new StringWriter { NewLine = "\n" };
        var time = new SteppingTime { Step = TimeSpan.FromMilliseconds(4) };
        var seen = new List<string>();
        using (var output = new SampleOutput(written, isTerminal: false, [""], time))
        {
            foreach (var letter in "abcdefgh")
            {
                output.Add((0, $"{letter}", IsLast: false));
                seen.Add(written.ToString());
            }
        }
        Assert.Equal(["a", "a", "a", "abcd", "abcd", "abcd", "abcdefg", "abcdefg"], seen);
        Assert.Equal("abcdefgh", written.ToString());
    }
}
