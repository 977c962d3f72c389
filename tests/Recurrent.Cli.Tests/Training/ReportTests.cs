using System.Net;
using System.Text.RegularExpressions;
using Recurrent.Cli.Tests.Support;
using Recurrent.Reports;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Tests.Training;

public sealed class ReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    private string Report => _folder["model.report.html"];

    /// <summary>The report as its reader sees it, without its style and pictures' paths.</summary>
    private string Text =>
        WebUtility.HtmlDecode(
            Regex.Replace(File.ReadAllText(Report), "<[^>]*>", "|", RegexOptions.None, TimeSpan.FromSeconds(5))
        );

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stands_beside_the_model_with_curves_samples_and_settings()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, 25, "story", "--validation", "0.2", "--seed", "7"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains($"\nreport saved: {Report}\n", result.Out);
        var text = Text;
        Assert.Contains("|Training on story|", text);
        Assert.Contains("|25 of 25|", text);
        Assert.Contains("|training|", text);
        Assert.Contains("|validation|", text);
        Assert.Contains("|Gradient norm, before clipping|", text);
        Assert.Contains("|tokens/s|", text);
        Assert.All(["epoch 1", "epoch 10", "epoch 20", "epoch 25"], epoch => Assert.Contains($"|{epoch}|", text));
        Assert.Contains("|the miller |", text);
        Assert.Contains("|seed||7|", text);
        Assert.Contains("|Learning rate|", text);
        Assert.Matches(@"\|best: epoch \d+\|", text);
        Assert.Contains("characters of the validation text, which it was not trained on", text);
    }

    [Fact]
    public void Its_settings_are_all_that_it_takes_to_train_the_model_again()
    {
        CliRunner.Plain(Tiny.Train(Model, 3, "story", "--model", "lstm", "--dropout", "0.25"));
        var text = Text;
        // Those that have no effect on this model are left out.
        string[] none = [.. "line-ends momentum final-rate beta2 counts-weight outer-rate outer-momentum".Split(' ')];
        string[] rows =
        [
            .. TrainingSettings.All.Select(row => row.Name),
            .. TextSettings.All.Select(row => row.Name),
            "threads",
            "version",
            "command",
        ];
        Assert.All(rows.Except(none), name => Assert.Contains($"|{name}||", text));
        Assert.Contains("|model||lstm|", text);
        Assert.Contains("|hidden||16|", text);
        Assert.Contains("|dropout||0.25|", text);
        Assert.Contains("|threads||1|", text);
        Assert.Contains(
            $"|command||recurrent train story --model lstm --dropout 0.25 --preset book --out {Model} ",
            text
        );
    }

    [Fact]
    public void Says_how_much_is_known_by_heart()
    {
        // One sentence over and over: after some training there is nothing else to write.
        var text = _folder["text.txt"];
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("abc ", 200)));
        CliRunner.Plain(Tiny.Train(Model, 40, text, "--lr", "2"));
        var summary = Regex.Match(
            Text,
            @"Of 1,000 characters .* has (?<run>[\d,]+)\.",
            RegexOptions.None,
            TimeSpan.FromSeconds(5)
        );
        Assert.True(int.Parse(summary.Groups["run"].Value.Replace(",", "")) > 400, summary.Value);
    }

    [Fact]
    public void Curves_begin_at_the_first_epoch_after_a_checkpoint_too()
    {
        var (checkpoint, cancellation) = (_folder["checkpoint"], TestContext.Current.CancellationToken);
        var stopped = Create();
        _ = stopped.Run(cancellation).Take(3).Count();
        Assert.True(stopped.SaveCheckpoint());
        var resumed = Create();
        Assert.True(resumed.Resume());
        _ = resumed.Run(cancellation).Count();
        var series = TrainingReport
            .Of(resumed, cancellationToken: cancellation)
            .Charts.SelectMany(chart => chart.Series)
            .ToArray();
        Assert.Equal(6, series.Length);
        Assert.All(
            series.Where(one => !one.Name.StartsWith("best", StringComparison.Ordinal)),
            curve => Assert.Equal([1, 2, 3, 4, 5], curve.X)
        );
        var reports = resumed.Trainer.Reports;
        Assert.Equal([1, 1, 1, 1, 1], reports.Select(report => report.LearningRate));

        TrainingSession Create() =>
            new(
                Corpus.FromText(string.Concat(Enumerable.Repeat("abba", 100))),
                new TrainingPlan(
                    new() { VocabularySize = 3, HiddenSize = 8 },
                    new()
                    {
                        BatchSize = 2,
                        Steps = 10,
                        Epochs = 5,
                        Validation = 0.2,
                    }
                ),
                new() { Prompts = ["a"], CheckpointPath = checkpoint }
            );
    }

    [Fact]
    public void Is_the_same_with_the_same_clock()
    {
        CliRunner.Plain(Tiny.Train(Model, 3));
        var first = File.ReadAllBytes(Report);
        CliRunner.Plain(Tiny.Train(Model, 3));
        Assert.Equal(first, File.ReadAllBytes(Report));
    }

    [Fact]
    public void Can_be_left_out()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, 3, "--no-report"));
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("report", result.Out);
        Assert.False(File.Exists(Report));
    }

    [Fact]
    public void Never_replaces_a_file_that_is_no_report()
    {
        File.WriteAllText(Report, "a page of my own");
        var result = CliRunner.Plain(Tiny.Train(Model, 3));
        Assert.Equal(
            (
                1,
                $"Cannot write {Report}: a file that is not a report is there and would be lost; move it away, or leave the "
                    + "report out with --no-report.\n"
            ),
            (result.ExitCode, result.Error)
        );
        Assert.Equal("a page of my own", File.ReadAllText(Report));
        Assert.False(File.Exists(Model));
    }

    [Fact]
    public void A_model_that_reads_ahead_writes_no_samples()
    {
        var result = CliRunner.Plain(Tiny.Train(Model, 3, "--model", "gru", "--bidirectional"));
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("Samples over time", Text);
        Assert.DoesNotContain("Memorisation", Text);
        Assert.Contains("|Settings|", Text);
    }

    [Fact]
    public void A_text_with_markup_in_its_name_and_letters_stays_text()
    {
        var text = _folder["<b>bold<b>.txt"];
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("<script>alert(1)</script>\n", 60)));
        CliRunner.Plain(Tiny.Train(Model, 10, text, "--normalize", "none", "--lr", "2"));
        var html = File.ReadAllText(Report);
        Assert.DoesNotContain("<script", html);
        Assert.Contains("Training on &lt;b&gt;bold&lt;b&gt;", html);
    }
}
