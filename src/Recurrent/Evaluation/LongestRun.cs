using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>
/// The longest run of a text's tokens that occurs, token for token, in a source text: how much of the source has been
/// memorised by a model that wrote the text.
/// </summary>
/// <param name="Length">The number of tokens; 0 if the texts have none in common.</param>
/// <param name="Start">The position in the text where the run begins, from 0; the first of several.</param>
/// <param name="Source">The position in the source where the run begins, from 0; the first of several.</param>
internal sealed record LongestRun(int Length, int Start, long Source)
{
    private const int Block = 4096; // tokens of the source that are read at once

    /// <summary>
    /// Finds the longest run, or of several equally long ones the one that ends first in the source. Memory grows with
    /// the length of the text only, time with the length of both.
    /// </summary>
    /// <param name="text">The tokens, such as those that a model has written, of shape (number of tokens).</param>
    /// <param name="source">The source, such as the text the model was trained on, of shape (number of tokens).</param>
    /// <exception cref="IOException">The file that holds the source's tokens cannot be read.</exception>
    public static LongestRun Of(ReadOnlySpan<int> text, TokenSequence source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var runs = new SuffixAutomaton(text);
        var best = new LongestRun(0, 0, 0);
        var (state, length) = (0, 0);
        var block = new int[Math.Min(Block, source.Length)];
        for (var from = 0L; from < source.Length; from += block.Length)
        {
            var tokens = block.AsSpan(0, (int)Math.Min(Block, source.Length - from));
            source.CopyTo(from, tokens);
            for (var i = 0; i < tokens.Length; i++)
            {
                (state, length) = runs.Read(state, length, tokens[i]);
                if (length > best.Length)
                {
                    best = new LongestRun(length, runs.FirstEnd(state) + 1 - length, from + i + 1 - length);
                }
            }
        }
        return best;
    }
}
