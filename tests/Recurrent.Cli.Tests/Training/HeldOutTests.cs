using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;
using Recurrent.Formats;

namespace Recurrent.Cli.Tests.Training;

/// <summary>train measures on what it is told to.</summary>
public sealed class HeldOutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    private string Text(string name, IEnumerable<string> lines)
    {
        File.WriteAllText(_folder[name], string.Concat(lines.Select(line => line + "\n")));
        return _folder[name];
    }

    private string Sorted() => Text("names.txt", Enumerable.Range(100, 200).Select(i => $"name {i}"));

    private string[] Small(string text, params string[] more) =>
        [
            "train",
            text,
            .. $"--out {Model} --epochs 3 --hidden 16 --embedding 8 --batch 4 --steps 8 --no-report".Split(' '),
            .. more,
        ];

    [Fact]
    public void The_end_of_a_sorted_list_is_said_to_be_unlike_the_rest()
    {
        var end = CliRunner.Plain(Small(Sorted(), "--validation", "0.1"));
        Assert.Equal(
            (
                0,
                "The lines of names.txt are sorted, so their end, which is the validation text, is not like the rest; "
                    + "--validation-lines draws lines by chance.\n"
            ),
            (end.ExitCode, end.Error)
        );
        File.Delete(Model);
        var drawn = CliRunner.Plain(Small(Sorted(), "--validation", "0.1", "--validation-lines"));
        Assert.Equal((0, ""), (drawn.ExitCode, drawn.Error));
        Assert.Contains(" (180 for validation)", drawn.Out);
        Assert.Equal("true", TrainedModel.Load(Model).Training.Settings.ToDictionary()["validation-lines"]);
    }

    [Theory]
    [InlineData("--validation", "0.27k")]
    [InlineData("--validation", "180", "--validation-lines")]
    public void It_may_be_a_number_of_tokens(params string[] options)
    {
        var result = CliRunner.Plain(Small(Sorted(), options));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(options.Length == 2 ? " (270 for validation)" : " (180 for validation)", result.Out);
        var evaluated = CliRunner.Plain("evaluate", Model, Sorted());
        Assert.Contains(options.Length == 2 ? "270" : "180", evaluated.Out);
        CliRunner
            .Plain(Small(Sorted(), "--validation", "901"))
            .AssertFailed(
                1,
                $"{Sorted()} is too short: --validation 901 is more than half of 1,800 characters; choose a smaller "
                    + "--validation."
            );
    }

    [Fact]
    public void A_validation_text_of_its_own_leaves_the_text_whole()
    {
        var validation = Text("valid.txt", Enumerable.Range(400, 50).Select(i => $"name {i}"));
        var result = CliRunner.Plain(Small(Sorted(), "--validation-text", validation, "--patience", "3"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("1,800 characters (450 more for validation)", result.Out);
        var training = TrainedModel.Load(Model).Training;
        Assert.NotNull(training.ValidationPerplexity);
        Assert.StartsWith("sha256:", training.Settings.ToDictionary()["validation-text"]);

        var strange = CliRunner.Plain(Small(Sorted(), "--validation-text", Text("strange.txt", ["name xyz", "xy"])));
        Assert.Equal(0, strange.ExitCode);
        Assert.Contains(
            "strange.txt: 5 of 12 characters are not in the text that is trained on, and are measured as unknown.\n",
            strange.Error
        );
    }

    [Theory]
    [InlineData("--validation-lines needs a validation text; add --validation 0.1.", "--validation-lines")]
    [InlineData("--validate-every needs a validation text; add --validation 0.1.", "--validate-every", "100")]
    [InlineData(
        "--validation-text v.txt and --validation are two validation texts; leave one of them out.",
        "--validation-text",
        "v.txt",
        "--validation",
        "0.2"
    )]
    public void Options_that_do_not_go_together_are_refused(string sentence, params string[] options) =>
        CliRunner.Plain(Tiny.Train(Model, 1, options)).AssertFailed(2, sentence);

    [Fact]
    public void Validation_within_an_epoch_is_shown()
    {
        var result = CliRunner.Plain(
            Small(Sorted(), "--validation", "0.2", "--validation-lines", "--validate-every", "500")
        );
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"epoch 1/3   \d\d\.\d%  perplexity +[\d.]+  validation +[\d.]+ ", result.Out);
        Assert.Equal("500", TrainedModel.Load(Model).Training.Settings.ToDictionary()["validate-every"]);
    }

    [Fact]
    public void Validation_within_the_first_epoch_is_on_the_live_screen()
    {
        using var runner = new CliRunner { Terminal = new Terminal(() => 110, () => 24, Color: false) };
        runner.Time.RingsAlways = true;
        var result = runner.Run(
            Small(Sorted(), "--validation", "0.2", "--validation-lines", "--validate-every", "500")
        );
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"validation [\d.]+ at \d\d% of epoch 1.{1,40}?best [\d.]+ in epoch 1", result.Out);
        Assert.Matches(@"validation [\d.]+ at \d\d% of epoch 2.{1,40}?best [\d.]+ in epoch [12]", result.Out);
    }

    [Fact]
    public void Report_and_json_say_that_the_best_model_is_an_average()
    {
        string[] averaged = ["--validation", "0.2", "--validation-lines", "--average", "2", "--lr", "0.02"];
        var train = Small(Sorted(), averaged).Where(word => word != "--no-report");
        var result = CliRunner.Plain([.. train, "--schedule", "constant", "--json"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("\"averagedEpochs\":2,", result.Lines[^1]);
        var report = File.ReadAllText(_folder["model.report.html"]);
        Assert.Contains(" of the average of the last 2 epochs", report);
        Assert.Contains("best: average of the last 2", report);
        File.Delete(Model);
        train = Small(Sorted(), "--validation", "0", "--average", "2").Where(word => word != "--no-report");
        CliRunner.Plain([.. train]);
        Assert.Contains("the average of the last 2 epochs", File.ReadAllText(_folder["model.report.html"]));
    }

    [Fact]
    public void The_average_of_the_last_epochs_is_saved_where_nothing_is_held_out()
    {
        var result = CliRunner.Plain(Small(Sorted(), "--validation", "0", "--average", "2"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("\nthe average of the last 2 epochs is saved\n", result.Out);
        var average = File.ReadAllBytes(Model);
        File.Delete(Model);
        CliRunner.Plain(Small(Sorted(), "--validation", "0"));
        Assert.NotEqual(average, File.ReadAllBytes(Model));
    }
}
