using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>Lines of a text, drawn by chance, to measure a model on that is trained on the others.</summary>
internal static class DrawnLines
{
    private const int MostCompared = 10_000; // lines
    private const int LeastCompared = 20; // that differ
    private const double ShareOfSorted = 0.95; // of the lines unlike the line before them that come after it

    /// <summary>Parts a corpus as <see cref="Part"/> does.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="share">What to hold out, as <see cref="TrainerOptions.Validation"/>.</param>
    /// <param name="seed">What the choice follows from.</param>
    /// <exception cref="ArgumentException">The text has no two lines, or too many tokens for memory.</exception>
    public static (TokenSequence Trained, TokenSequence HeldOut) Of(Corpus corpus, double share, long seed)
    {
        if (corpus.Sequence.Length > Array.MaxLength)
        {
            throw new ArgumentException(
                $"The text has {corpus.Sequence.Length:#,0} tokens and lines can be drawn of at most "
                    + $"{Array.MaxLength:#,0}; hold out its end, or give a validation text of its own."
            );
        }
        return Part(corpus.Sequence.InMemory().Span, corpus.Codec.LineEnd, share, seed);
    }

    /// <summary>Parts a text; the lines of each part stay in their order.</summary>
    /// <param name="tokens">The text.</param>
    /// <param name="lineEnd">The token at the end of a line; null where there is none.</param>
    /// <param name="share">
    /// What to hold out, about, as <see cref="TrainerOptions.Validation"/>; at least a line, and not all.
    /// </param>
    /// <param name="seed">What the choice follows from.</param>
    /// <exception cref="ArgumentException">The text has no two lines, or too many tokens for memory.</exception>
    public static (int[] Trained, int[] HeldOut) Part(ReadOnlySpan<int> tokens, int? lineEnd, double share, long seed)
    {
        var (starts, length) = (StartsOf(tokens, lineEnd, tokens.Length), tokens.Length);
        if (starts.Count < 2)
        {
            throw new ArgumentException(
                "The text has no two lines, as the model reads it, that some could be held out of; hold out its end, "
                    + "or give a validation text of its own."
            );
        }
        var isHeldOut = new bool[starts.Count];
        var (wanted, count) = (TrainerOptions.WantedOf(tokens.Length, share), 0L);
        foreach (var line in RandomStream.HeldOutLines(seed).Permutation(starts.Count).Take(starts.Count - 1))
        {
            if (count >= wanted)
            {
                break;
            }
            isHeldOut[line] = true;
            count += EndOf(line) - starts[line];
        }
        var (trained, heldOut) = (new int[tokens.Length - count], new int[count]);
        var (trainedEnd, heldOutEnd) = (0, 0);
        for (var line = 0; line < starts.Count; line++)
        {
            var text = tokens[starts[line]..EndOf(line)];
            ref var end = ref isHeldOut[line] ? ref heldOutEnd : ref trainedEnd;
            text.CopyTo((isHeldOut[line] ? heldOut : trained).AsSpan(end));
            end += text.Length;
        }
        return (trained, heldOut);

        int EndOf(int line) => line + 1 < starts.Count ? starts[line + 1] : length;
    }

    /// <summary>Whether a text looks like a sorted list, whose end is not like the rest.</summary>
    public static bool LooksSorted(Corpus corpus)
    {
        const int most = 1 << 20; // tokens
        var tokens = corpus.Sequence.Slice(0, Math.Min(corpus.Sequence.Length, most)).ToArray();
        var starts = StartsOf(tokens, corpus.Codec.LineEnd, MostCompared + 1);
        string[] lines =
        [
            .. starts.Zip(starts.Skip(1), (start, end) => corpus.Codec.Decode(tokens.AsSpan(start, end - start))),
        ];
        int[] steps =
        [
            .. lines
                .Zip(lines.Skip(1), (line, next) => string.Compare(line, next, StringComparison.OrdinalIgnoreCase))
                .Where(step => step != 0),
        ];
        return steps.Length >= LeastCompared && steps.Count(step => step < 0) >= ShareOfSorted * steps.Length;
    }

    private static List<int> StartsOf(ReadOnlySpan<int> tokens, int? lineEnd, int most)
    {
        List<int> starts = [0];
        for (var i = 0; i < tokens.Length - 1 && starts.Count < most; i++)
        {
            if (tokens[i] == lineEnd)
            {
                starts.Add(i + 1);
            }
        }
        return starts;
    }
}
