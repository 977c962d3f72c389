using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Recurrent.Text.Datasets;
using Known = Recurrent.Text.Datasets.Datasets;

namespace Recurrent.Tests.Text.Datasets;

public sealed partial class DatasetsTests
{
    [Fact]
    public void EachIsFoundByItsName()
    {
        Assert.Equal(
            ["story", "time-machine", "war-of-the-worlds"],
            Known.All.Select(dataset => dataset.Name)
        );
        Assert.All(Known.All, dataset => Assert.Same(dataset, Known.Find(dataset.Name)));
        Assert.Null(Known.Find("Story"));
        Assert.Null(Known.Find("time-machine.txt"));
        Assert.Null(Known.Find(""));
    }

    [Fact]
    public async Task TheStoryIsLongEnoughAndPlain()
    {
        var story = await ReadStoryAsync();

        Assert.InRange(story.Count(char.IsAsciiLetter), 12_000, 15_000);
        Assert.All(story, c => Assert.True(c is '\n' or (>= ' ' and <= '~'), $"U+{(int)c:X4}"));
        Assert.All(story.Split('\n'), line => Assert.InRange(line.Length, 0, 72));
        Assert.EndsWith("\n", story, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheStorysBeginningHasEveryLetterAndItsPrefixesOften()
    {
        // What the first 10,000 characters hold is all that a model sees by default.
        var lines = (await ReadStoryAsync())
            .Split('\n')
            .Select(line => NotLetters().Replace(line, " ").Trim());
        var beginning = string.Concat(lines).ToLowerInvariant()[..10_000];

        Assert.Equal(" abcdefghijklmnopqrstuvwxyz", string.Concat(beginning.Distinct().Order()));
        Assert.Equal(2, Known.Story.Prefixes.Count);
        Assert.All(
            Known.Story.Prefixes,
            prefix => Assert.InRange(beginning.Split(prefix).Length - 1, 10, 100)
        );
    }

    [Fact]
    public async Task TheStoryIsTheSameBytesEverywhere()
    {
        var bytes = await Known.Story.ReadAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(
            "91092273abb2f07052d8acb2b7c88df2ebdaeeb3bcfa5de58b703684644f539f",
            Convert.ToHexStringLower(SHA256.HashData(bytes))
        );
    }

    [Fact]
    public async Task TheTimeMachineIsTheBooksCopy()
    {
        using var cache = new TemporaryFolder();
        var shared = SharedData.TimeMachine;
        File.Copy(shared, cache["timemachine.txt"]);

        // Used without the network, because its checksum is the one we know.
        var bytes = await Known.TimeMachine.ReadAsync(cache.Path, TestContext.Current.CancellationToken);

        Assert.Equal(File.ReadAllBytes(shared), bytes);
        Assert.Equal(178_979, bytes.Length);
        var text = Encoding.UTF8.GetString(bytes).ToLowerInvariant();
        Assert.All(
            Known.TimeMachine.Prefixes,
            prefix => Assert.Contains(prefix, text, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void CacheFoldersFollowTheXdgSpecification()
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
            await Known.Story.ReadAsync(cancellationToken: TestContext.Current.CancellationToken)
        );

    [GeneratedRegex("[^A-Za-z]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotLetters();
}
