using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Commands;

public sealed class VocabularyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lists_tokens_runs_and_ranks()
    {
        var path = _folder.Write("rhyme.txt", "One fish two fish\nRed fish blue fish\n");
        var result = CliRunner.Plain("vocabulary", path, "--normalize", "letters", "--lines", "space", "--top", "5");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Golden.Check("vocabulary-characters.txt", result.Out);
        Assert.All(result.Lines, line => Assert.True(line.Length <= 40, line));
    }

    [Fact]
    public void Counts_words()
    {
        var path = _folder.Write("rhyme.txt", "One fish two fish\nRed fish blue fish\n");
        Golden.Check(
            "vocabulary-words.txt",
            CliRunner.Plain("vocabulary", path, "--normalize", "letters", "--tokens", "words").Out
        );
    }

    [Fact]
    public void Shows_bytes_one_by_one_and_control_characters_as_escapes()
    {
        using var runner = new CliRunner { Input = "é\e"u8.ToArray() };
        Assert.Contains(
            "1  <0xC3><0xA9>\n",
            runner.Run("vocabulary", "-", "--tokens", "bytes", "--normalize", "none").Out
        );
        Assert.Contains("\"é\\u001B\"", runner.Run("vocabulary", "-", "--normalize", "none").Out);
    }

    [Fact]
    public void Prints_one_json_object()
    {
        using var runner = new CliRunner { Input = "abab\"c"u8.ToArray() };
        Assert.Equal(
            """
            {"text":"text","unit":"characters","tokens":6,"vocabulary":5,"hash":"HASH","nGrams":[
            {"n":1,"distinct":4,"mostFrequent":[{"tokens":["a"],"count":2}],"frequencyByRank":[{"rank":1,"count":2},{"rank":2,"count":2}]},
            {"n":2,"distinct":4,"mostFrequent":[{"tokens":["a","b"],"count":2}],"frequencyByRank":[{"rank":1,"count":2},{"rank":2,"count":1}]},
            {"n":3,"distinct":4,"mostFrequent":[{"tokens":["a","b","a"],"count":1}],"frequencyByRank":[{"rank":1,"count":1},{"rank":2,"count":1}]}]}
            """.Replace("\n", "", StringComparison.Ordinal).Replace(
                "HASH",
                Recurrent.Text.Corpus.HashOf("abab\"c"u8),
                StringComparison.Ordinal
            ) + "\n",
            runner.Run("vocabulary", "-", "--top", "1", "--json").Out
        );
    }

    [Fact]
    public void A_text_without_tokens_is_no_error()
    {
        using var runner = new CliRunner { Input = "123"u8.ToArray() };
        Assert.StartsWith("text: 0 characters\n", runner.Run("vocabulary", "-", "--normalize", "letters").Out);
    }

    [Fact]
    public void Bad_text_is_refused_as_for_training() =>
        Assert.Equal(1, CliRunner.Plain("vocabulary", _folder.Write("a", [0xFF])).ExitCode);
}
