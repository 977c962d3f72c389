using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Arguments;

/// <summary>What a shell is told when a user presses Tab.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("recurrent tr", "train")]
    [InlineData("recurrent train --hid", "--hidden")]
    [InlineData("recurrent train --model mi", "mingru", "minlstm")]
    [InlineData("recurrent train st", "story")]
    [InlineData("recurrent generate model.safetensors --temp", "--temperature")]
    [InlineData("recurrent help vo", "vocabulary")]
    [InlineData("recurrent train --model=g")]
    public void A_begun_word_is_completed(string line, params string[] expected) =>
        Assert.Equal(
            new CliResult(0, string.Concat(expected.Select(word => word + "\n")), ""),
            CliRunner.Plain($"[suggest:{line.Length}]", line)
        );

    [Fact]
    public void After_a_blank_come_verbs_and_no_options() =>
        Assert.Equal(
            "compare evaluate export generate help import info inspect pack score serve train unpack vocabulary".Split(
                ' '
            ),
            CliRunner.Plain("[suggest:10]", "recurrent").Lines.Order()
        );

    [Fact]
    public void Every_option_of_the_help_is_there()
    {
        var help = CliRunner.Plain("train", "--help").Lines.Select(line => line.Trim().Split(' ')[0]);
        Assert.Superset(
            help.Where(word => word.StartsWith("--", StringComparison.Ordinal)).ToHashSet(),
            CliRunner.Plain("[suggest]", "recurrent train --").Lines.ToHashSet()
        );
    }

    [Theory]
    [InlineData("[suggest:99999999999]")]
    [InlineData("[suggest:-1]")]
    [InlineData("[suggest:1")]
    public void Another_directive_is_no_crash(string directive) =>
        Assert.DoesNotContain("bug", CliRunner.Plain(directive, "recurrent ").Error);
}
