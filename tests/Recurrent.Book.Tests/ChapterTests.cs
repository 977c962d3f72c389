using Recurrent.Randomness;

namespace Recurrent.Book.Tests;

/// <summary>
/// Every chapter runs: quickly, on the embedded story, to the same characters on every machine. Write the files of the
/// folder Golden again with RECURRENT_UPDATE_GOLDEN=1 and look at the difference.
/// </summary>
public sealed class ChapterTests
{
    public static TheoryData<string> Chapters => [.. Book.Chapters];

    [Theory]
    [MemberData(nameof(Chapters))]
    public void Runs_quickly_to_the_same_output(string chapter)
    {
        var pictures = Directory.CreateTempSubdirectory("recurrent-book-");
        try
        {
            CheckRun(chapter, pictures.FullName);
        }
        finally
        {
            pictures.Delete(recursive: true);
        }
    }

    /// <summary>A text of a reader's own may be in another script, on a single line, and short.</summary>
    [Theory]
    [MemberData(nameof(Chapters))]
    public void Reads_a_Chinese_text_too(string chapter)
    {
        const string Characters = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏，。";
        var random = new RandomStream(Seed: 1, Stream: 0);
        var text = Enumerable.Range(0, 2_100).Select(i => Characters[random.Below(Characters.Length, (ulong)i)]);
        var folder = Directory.CreateTempSubdirectory("recurrent-book-");
        try
        {
            var path = Path.Combine(folder.FullName, "text.txt");
            File.WriteAllText(path, string.Concat(text));
            Assert.Contains("== ", Book.Run(chapter, "--quick", "--text", path, "--pictures", folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_program_asked_for_Chinese_prints_it_and_draws_both()
    {
        var folder = Directory.CreateTempSubdirectory("recurrent-book-");
        try
        {
            var printed = Book.Run("sequence", "--quick", "--chinese", "--pictures", folder.FullName);
            Assert.Contains("\n== 训练\n第 1 个迭代周期，损失：", printed);
            Assert.Contains("\n图：sequence-price.zh-CN.svg\n", printed);
            Assert.Contains("时间（天）", File.ReadAllText(Path.Combine(folder.FullName, "sequence-price.zh-CN.svg")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void CheckRun(string chapter, string pictures)
    {
        var output = Book.Run(chapter, "--quick", "--pictures", pictures);

        var golden = Book.PathOf($"tests/Recurrent.Book.Tests/Golden/{chapter}.txt");
        if (Environment.GetEnvironmentVariable("RECURRENT_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, output);
        }
        Assert.Equal(File.ReadAllText(golden).ReplaceLineEndings("\n"), output);
        Assert.Equal(
            Book.PicturesOf(chapter, output).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(pictures).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }
}
