using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Recurrent.Datasets;
using Recurrent.Text;

namespace Recurrent.Tests.Datasets;

public sealed partial class DatasetsTests
{
    [Fact]
    public void Each_is_found_by_its_name()
    {
        Assert.Equal(["story", "time-machine", "war-of-the-worlds"], Dataset.All.Select(dataset => dataset.Name));
        Assert.All(Dataset.All, dataset => Assert.Same(dataset, Dataset.Find(dataset.Name)));
        Assert.Null(Dataset.Find("Story"));
        Assert.Null(Dataset.Find("time-machine.txt"));
        Assert.Null(Dataset.Find(""));
    }

    [Fact]
    public async Task The_story_is_long_enough_and_plain()
    {
        var story = await ReadStoryAsync();

        Assert.InRange(story.Count(char.IsAsciiLetter), 12_000, 15_000);
        Assert.All(story, c => Assert.True(c is '\n' or (>= ' ' and <= '~'), $"U+{(int)c:X4}"));
        Assert.All(story.Split('\n'), line => Assert.InRange(line.Length, 0, 72));
        Assert.EndsWith("\n", story, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_storys_beginning_has_every_letter_and_its_prefixes_often()
    {
        // What the first 10,000 characters hold is all that a model sees by default.
        var lines = (await ReadStoryAsync()).Split('\n').Select(line => NotLetters().Replace(line, " ").Trim());
        var beginning = string.Concat(lines).ToLowerInvariant()[..10_000];

        Assert.Equal(" abcdefghijklmnopqrstuvwxyz", string.Concat(beginning.Distinct().Order()));
        Assert.Equal(2, Dataset.Story.Prompts.Count);
        Assert.All(Dataset.Story.Prompts, prefix => Assert.InRange(beginning.Split(prefix).Length - 1, 10, 100));
    }

    [Fact]
    public async Task The_story_is_the_same_bytes_everywhere()
    {
        var bytes = await Dataset.Story.ReadAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(
            "91092273abb2f07052d8acb2b7c88df2ebdaeeb3bcfa5de58b703684644f539f",
            Convert.ToHexStringLower(SHA256.HashData(bytes))
        );
    }

    [Fact]
    public async Task A_dataset_is_read_as_a_corpus()
    {
        var token = TestContext.Current.CancellationToken;
        var options = CorpusOptions.Book with { Tokenizer = Tokenizer.Words, MaxTokens = 500 };
        using var corpus = await Dataset.Story.ReadCorpusAsync(options, cancellationToken: token);
        using var expected = Corpus.FromBytes(
            await Dataset.Story.ReadAsync(cancellationToken: token),
            "story",
            options
        );
        Assert.Equal(expected.Hash, corpus.Hash);
        Assert.Equal(expected.Tokens.ToArray(), corpus.Tokens.ToArray());
    }

    [Fact]
    public async Task The_Time_Machine_is_the_books_copy()
    {
        using var cache = new TemporaryFolder();
        var shared = SharedData.TimeMachine;
        File.Copy(shared, cache["timemachine.txt"]);

        // Used without the network, because its checksum is the one we know.
        var bytes = await Dataset.TimeMachine.ReadAsync(cache.Path, TestContext.Current.CancellationToken);

        Assert.Equal(File.ReadAllBytes(shared), bytes);
        Assert.Equal(178_979, bytes.Length);
        var text = Encoding.UTF8.GetString(bytes).ToLowerInvariant();
        Assert.All(Dataset.TimeMachine.Prompts, prefix => Assert.Contains(prefix, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Cache_folders_follow_the_XDG_specification()
    {
        var below = Path.Combine("/home/a", ".cache", "recurrent");
        Assert.Equal(below, CacheFolder.LocateXdg(null, "/home/a"));
        Assert.Equal(below, CacheFolder.LocateXdg("", "/home/a"));
        Assert.Equal(below, CacheFolder.LocateXdg("relative", "/home/a"));
        Assert.Equal(Path.Combine("/cache", "recurrent"), CacheFolder.LocateXdg("/cache", "/home/a"));
        Assert.Equal(Path.Combine("/cache", "recurrent"), CacheFolder.LocateXdg("/cache", ""));
        var error = Assert.Throws<DatasetException>(() => CacheFolder.LocateXdg(null, ""));
        Assert.Contains("set HOME", error.Message, StringComparison.Ordinal);
        Assert.True(Path.IsPathRooted(CacheFolder.Locate()));
    }

    private static async Task<string> ReadStoryAsync() =>
        new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(
            await Dataset.Story.ReadAsync(cancellationToken: TestContext.Current.CancellationToken)
        );

    [GeneratedRegex("[^A-Za-z]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotLetters();
}
