using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Arguments;

public sealed class HelpTests
{
    [Theory]
    [InlineData("help.txt", "--help")]
    [InlineData("help.txt")]
    [InlineData("help.txt", "help")]
    [InlineData("help-train.txt", "train", "--help")]
    [InlineData("help-train.txt", "help", "train")]
    [InlineData("help-generate.txt", "generate", "--help")]
    [InlineData("help-evaluate.txt", "evaluate", "--help")]
    [InlineData("help-compare.txt", "compare", "--help")]
    [InlineData("help-score.txt", "score", "--help")]
    [InlineData("help-serve.txt", "serve", "--help")]
    [InlineData("help-pack.txt", "pack", "--help")]
    [InlineData("help-unpack.txt", "unpack", "--help")]
    [InlineData("help-inspect.txt", "inspect", "--help")]
    [InlineData("help-export.txt", "export", "--help")]
    [InlineData("help-import.txt", "import", "--help")]
    [InlineData("help-vocabulary.txt", "vocabulary", "--help")]
    public void Shows_usage_options_and_examples(string golden, params string[] arguments)
    {
        var result = CliRunner.Plain(arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Golden.Check(golden, result.Out);
    }

    [Fact]
    public void Is_given_whatever_else_is_wrong() =>
        Assert.Equal(0, CliRunner.Plain("train", "--hidden", "none", "--help").ExitCode);

    [Fact]
    public void Of_a_verb_that_there_is_not_names_the_nearest() =>
        CliRunner.Plain("help", "trian").AssertFailed(2, "There is no verb \"trian\" (did you mean train?).");

    [Fact]
    public void Fits_a_narrow_terminal()
    {
        using var runner = new CliRunner { Terminal = new Terminal(() => 60, () => 20, Color: true) };
        var result = runner.Run("train", "--help");
        // Nothing is broken in two: only a command line to copy may be longer.
        Assert.All(result.Lines, line => Assert.True(line.TrimEnd().Length <= 60 || line.Contains("recurrent train ")));
    }

    [Theory]
    [InlineData("train")]
    [InlineData("generate")]
    [InlineData("evaluate")]
    [InlineData("compare")]
    [InlineData("score")]
    [InlineData("serve")]
    [InlineData("pack")]
    [InlineData("unpack")]
    [InlineData("inspect")]
    [InlineData("export")]
    [InlineData("import")]
    [InlineData("vocabulary")]
    [InlineData("info")]
    [InlineData("help")]
    public void Examples_use_options_that_there_are(string verb)
    {
        var lines = CliRunner.Plain(verb, "--help").Lines;
        var examples = lines.SkipWhile(line => line != "Examples:").Skip(1).ToArray();
        var options = lines
            .TakeWhile(line => line != "Examples:")
            .Where(line => line.StartsWith("  -", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ').Where(word => word.StartsWith('-')));
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains($"recurrent {verb}", example));
        Assert.Subset(
            options.ToHashSet(),
            examples
                .SelectMany(example => example.Split(' '))
                .Where(word => word.StartsWith("--", StringComparison.Ordinal))
                .ToHashSet()
        );
    }

    [Fact]
    public void Version_names_the_program() =>
        Assert.Matches(@"^recurrent \d+\.\d+\.\d+[^+]*\n$", CliRunner.Plain("--version").Out);
}
