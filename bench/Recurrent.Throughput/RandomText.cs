using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Throughput;

/// <summary>Text of random characters: how fast a model trains does not depend on what it reads.</summary>
internal static class RandomText
{
    private const char First = '!';

    /// <summary>A text whose vocabulary has a given size, the unknown character included.</summary>
    public static Corpus Corpus(int vocabulary, int length)
    {
        var random = new RandomStream(Seed: 1, Stream: 0);
        var characters = vocabulary - 1;
        var text = string.Create(
            Math.Max(length, characters),
            random,
            (span, random) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    span[i] = (char)(First + (i < characters ? i : random.Below(characters, (ulong)i)));
                }
            }
        );
        return Text.Corpus.FromText(text, new CorpusOptions { Normalization = Normalization.None });
    }
}
