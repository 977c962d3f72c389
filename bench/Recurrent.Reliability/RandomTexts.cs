using FsCheck;
using FsCheck.Fluent;
using Recurrent.Tests.Text;
using Recurrent.Text;

namespace Recurrent.Reliability;

/// <summary>Random texts, encoded and decoded again, come back to the character where nothing is normalised.</summary>
internal static class RandomTexts
{
    public static int Run(int count, long seed)
    {
        var holds = true;
        foreach (var name in (string[])["characters", "words", "bytes"])
        {
            holds &= HoldsFor(name, count, seed);
        }
        return holds ? 0 : 1;
    }

    private static bool HoldsFor(string tokenizer, int count, long seed)
    {
        var options = new CorpusOptions
        {
            Normalization = Normalization.None,
            Tokenizer = Tokenizer.FromName(tokenizer),
        };
        var characters = 0L;
        bool ComesBack(string text)
        {
            characters += text.Length;
            var codec = Corpus.FromText(text, options).Codec;
            return codec.Decode(codec.Encode(text)) == text;
        }

        var config = Config
            .QuickThrowOnFailure.WithMaxTest(count)
            .WithReplay(unchecked((ulong)seed), 0xC0DE | 1)
            .WithQuietOnSuccess(true);
        try
        {
            Prop.ForAll<string>(UnicodeText.Strings.ToArbitrary(), ComesBack).Check(config);
            Console.WriteLine($"{tokenizer}: {count:#,0} texts of {characters:#,0} UTF-16 units came back");
            return true;
        }
        catch (Exception failure)
        {
            Console.WriteLine($"{tokenizer}: a text did not come back; {failure.Message}");
            return false;
        }
    }
}
