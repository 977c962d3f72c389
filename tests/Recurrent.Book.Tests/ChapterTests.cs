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
            Book.PicturesNamedIn(output).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(pictures).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }
}
