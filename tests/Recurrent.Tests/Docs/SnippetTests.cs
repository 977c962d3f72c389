using System.Globalization;
using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Tests.Docs;

/// <summary>
/// Every C# block of the documents stands in <see cref="Snippets"/>, but for its <c>using</c> lines, and does what the
/// document says.
/// </summary>
[Collection("Console and current folder")]
public sealed class SnippetTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("README.zh-CN.md")]
    [InlineData("docs/tour.md")]
    [InlineData("src/Recurrent/README.md")]
    [InlineData("src/Recurrent.Pictures/README.md")]
    [InlineData("src/Recurrent.Reports/README.md")]
    public void Every_block_is_compiled(string document)
    {
        var source = string.Join('\n', File.ReadLines(Repository.PathOf("tests/Recurrent.Tests/Docs/Snippets.cs")));
        var blocks = File.ReadAllText(Repository.PathOf(document)).Split("```csharp\n").Skip(1).ToList();
        Assert.NotEmpty(blocks);
        foreach (var block in blocks.Select(block => block.Split("```")[0].TrimEnd()))
        {
            var lines = block.Split('\n').ToLookup(line => line.StartsWith("using ", StringComparison.Ordinal));
            Assert.All(lines[true], line => Assert.Contains(line, source, StringComparison.Ordinal));
            var indented = Indented(string.Join('\n', lines[false]).TrimStart('\n'));
            Assert.Contains(indented, source, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Training_and_generating_work_as_shown()
    {
        using var folder = new TemporaryFolder();
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = Path.GetDirectoryName(folder["my.txt"])!;
        try
        {
            // As short a text as the minibatches allow, for the run is the reader's in full.
            File.WriteAllText("my.txt", string.Concat(Enumerable.Repeat("time traveller for so it will be ", 36)));
            var lines = Printed(Snippets.Train);
            Assert.Equal((2, 300), (lines.Length, lines[0].Length));
            Assert.InRange(double.Parse(lines[1], CultureInfo.InvariantCulture), 5, 100);
            Assert.Equal(
                " for so it will be time traveller for so it will b",
                Assert.Single(await PrintedAsync(Snippets.Generate))
            );
            Assert.Equal(2, Printed(Snippets.Score).Length);
            Snippets.Chart();
            Assert.Contains("<svg", File.ReadAllText("chart.svg"));
            Printed(Snippets.Report);
            Assert.Contains("<html", File.ReadAllText("report.html"));
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [Fact]
    public void The_tour_prints_what_it_says()
    {
        Assert.Equal(["the time machine by h g wells", "e"], Printed(Snippets.ReadText));
        Assert.Equal(["Tensor(3) [2, 4, 6]"], Printed(Snippets.Differentiate));
        Assert.Equal(0, Printed(Snippets.CutMinibatches).Length % 2);
        Assert.Equal(5, Snippets.StepOfYourOwn().Parameters.Count);
        Assert.Equal(["(3, 2, 32)", "8"], Printed(Snippets.ReadWithLayers));
        Assert.Equal([256, 512], Snippets.ModelsInOneLine().Select(model => model.Configuration.HiddenSize));
    }

    [Fact]
    public async Task The_tour_writes_and_measures()
    {
        var corpus = Corpus.FromText("the miller sang a song of rye and went to bed");
        var trained = new TrainedModel(
            LanguageModel.Create("gru", corpus.Vocabulary.Count, hiddenSize: 8),
            corpus.Codec,
            new TrainingSummary()
        );
        Assert.InRange((await PrintedAsync(() => Snippets.Sample(trained))).Single().Length, 1, 200);
        var forks = Printed(() => Snippets.Fork(trained, new SamplingOptions { Temperature = 1 }));
        Assert.Equal(3, forks.Length);
        Assert.Equal(20, Printed(() => Snippets.Adapt(trained, new SamplingOptions())).Single().Length);
        var measured = Printed(() => Snippets.Measure(trained));
        Assert.EndsWith("bits per character", measured[0]);
        Assert.Equal(12, measured.Length);
        Assert.EndsWith("bytes instead of 29", Assert.Single(Printed(() => Snippets.Pack(trained))));
    }

    private static string Indented(string block) =>
        string.Join('\n', block.Split('\n').Select(line => line.Length > 0 ? "        " + line : ""));

    private static string[] Printed(Action snippet) =>
        PrintedAsync(() =>
        {
            snippet();
            return Task.CompletedTask;
        }).Result;

    private static async Task<string[]> PrintedAsync(Func<Task> snippet)
    {
        var console = Console.Out;
        using var text = new StringWriter { NewLine = "\n" };
        Console.SetOut(text);
        try
        {
            await snippet();
        }
        finally
        {
            Console.SetOut(console);
        }
        return text.ToString().TrimEnd('\n').Split('\n');
    }
}
