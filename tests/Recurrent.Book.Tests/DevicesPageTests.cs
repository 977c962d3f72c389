using System.Text.RegularExpressions;

namespace Recurrent.Book.Tests;

/// <summary>What the page on devices says of other chapters, and of runs on other machines.</summary>
public sealed partial class DevicesPageTests
{
    private static readonly string s_record = Book.Read("docs/book/output/devices.txt");

    [Theory]
    [InlineData("static Parameter[] GetParameters(")]
    [InlineData("static Tensor[] InitState(")] // and Rnn below it
    [InlineData("static (Tensor Y, Tensor[] State) Rnn(")]
    [InlineData("string Predict(")]
    [InlineData("static double Clip(")]
    [InlineData("double TrainEpoch(")]
    [InlineData("static void Descend(")]
    [InlineData("internal sealed class RnnModelScratch(")]
    public void The_functions_are_those_of_8_5(string function) =>
        Assert.Equal(FunctionOf("rnn-from-scratch", function), FunctionOf("devices", function));

    [Fact]
    public void The_perplexity_is_that_of_8_5()
    {
        var (epoch, perplexity) = (Perplexity().Match(s_record).Groups["epoch"], Perplexity().Match(s_record));
        Assert.Matches(
            $@"\n *{epoch.Value} +{Regex.Escape(perplexity.Groups["value"].Value)} ",
            Book.Read("docs/book/output/rnn-from-scratch.txt")
        );
    }

    /// <summary>What varies between machines is copied by hand: the weights must be the record's.</summary>
    [Theory]
    [InlineData("md")]
    [InlineData("zh-CN.md")]
    public void Every_device_that_the_page_shows_came_to_the_same_weights(string language)
    {
        var page = Book.Read($"docs/book/devices.{language}");
        var expected = Hash().Match(s_record).Value;
        Assert.All(Hash().Matches(page), hash => Assert.Equal(expected, hash.Value));
        Assert.True(Hash().Count(page) >= 3);
    }

    [Fact]
    public void Both_languages_show_the_same_runs()
    {
        static IEnumerable<string> Lines(string language) =>
            Book.Read($"docs/book/devices.{language}").Split('\n').Where(line => Measured().IsMatch(line));
        Assert.Equal(Lines("md"), Lines("zh-CN.md"));
        Assert.NotEmpty(Lines("md"));
    }

    private static string FunctionOf(string chapter, string function)
    {
        var source = Book.Read($"book/{chapter}.cs");
        var start = source.IndexOf($"\n{function}", StringComparison.Ordinal);
        Assert.True(start > 0, $"book/{chapter}.cs has no function {function}");
        return source[start..source.IndexOf("\n}\n", start, StringComparison.Ordinal)];
    }

    [GeneratedRegex("perplexity after epoch (?<epoch>[0-9]+): (?<value>[0-9.]+)", RegexOptions.None, 1000)]
    private static partial Regex Perplexity();

    [GeneratedRegex(@"\b[0-9A-F]{16}\b", RegexOptions.None, 1000)]
    private static partial Regex Hash();

    [GeneratedRegex(@"^[^|].*(cpu|gpu:[0-9]+), ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Measured();
}
