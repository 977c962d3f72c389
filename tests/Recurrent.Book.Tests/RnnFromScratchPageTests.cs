using System.Text.RegularExpressions;

namespace Recurrent.Book.Tests;

/// <summary>What the page of 8.5 says of the library, which was run alone for docs/results.md.</summary>
public sealed class RnnFromScratchPageTests
{
    private static readonly string s_record = Book.Read("docs/book/output/rnn-from-scratch.txt");

    [Theory]
    [InlineData("sequential")]
    [InlineData("random")]
    public void Its_loop_ends_after_500_epochs_where_the_library_does(string sampler)
    {
        var row = Regex.Match(
            Book.Read("docs/results.md"),
            $@"\n\| {sampler} \| 1 \| \S+ \| (?<perplexity>\S+) \|.* \| (?<continued>[^|]+) \|\n",
            RegexOptions.None,
            TimeSpan.FromSeconds(1)
        );
        var run = s_record[s_record.IndexOf($"\n{sampler} ", StringComparison.Ordinal)..];
        Assert.Matches($@"\A[^=]+\n  500 +{Regex.Escape(row.Groups["perplexity"].Value)} ", run);
        Assert.Matches($@"\A[^=]+\ntraveller{Regex.Escape(row.Groups["continued"].Value)}\n", run);
    }

    [Fact]
    public void Its_loop_has_the_librarys_weights_with_clipping_and_without() =>
        Assert.Matches(
            @"\n5 epochs from the first weights, 0 of 40 .*: all weights are equal: True\n"
                + @"5 epochs from those of halfway, 40 of 40 .*: all weights are equal: True\n",
            s_record
        );
}
