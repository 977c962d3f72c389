using FsCheck;
using FsCheck.Fluent;
using Recurrent.Evaluation;

namespace Recurrent.Tests.Evaluation;

public sealed class LongestRunTests
{
    // Few tokens, so that texts share runs, and many, so that they share few.
    private static readonly Gen<int[]> s_texts =
        from vocabulary in Gen.Elements(1, 2, 3, 40)
        from length in Gen.Choose(0, 40)
        from tokens in Gen.Choose(0, vocabulary - 1).ArrayOf(length)
        select tokens;

    [Fact]
    public void Is_what_trying_every_run_finds() =>
        Laws.Hold(
            from text in s_texts
            from source in s_texts
            select (text, source),
            pair => Assert.Equal(ByTrying(pair.text, pair.source), LongestRun.Of(pair.text, pair.source))
        );

    [Fact]
    public void A_piece_that_is_copied_is_found()
    {
        int[] source = [.. Enumerable.Range(0, 100_000).Select(i => i * 7919 % 65_536 % 97)];
        int[] text = [-1, -2, .. source[70_000..70_500], -3];
        var run = LongestRun.Of(text, source);
        Assert.Equal((500, 2), (run.Length, run.Start));
        Assert.Equal(text[2..502], source.AsSpan((int)run.Source, 500).ToArray());
    }

    [Fact]
    public void Nothing_in_common_is_no_run()
    {
        int[] none = [];
        int[] some = [1, 2];
        int[] others = [3, 4];
        Assert.Equal(new LongestRun(0, 0, 0), LongestRun.Of(some, others));
        Assert.Equal(new LongestRun(0, 0, 0), LongestRun.Of(none, others));
        Assert.Equal(new LongestRun(0, 0, 0), LongestRun.Of(some, none));
    }

    private static LongestRun ByTrying(int[] text, int[] source)
    {
        var best = new LongestRun(0, 0, 0);
        for (var end = 1; end <= source.Length; end++)
        {
            for (var length = best.Length + 1; length <= end; length++)
            {
                var start = text.AsSpan().IndexOf(source.AsSpan(end - length, length));
                if (start >= 0)
                {
                    best = new LongestRun(length, start, end - length);
                }
            }
        }
        return best;
    }
}
