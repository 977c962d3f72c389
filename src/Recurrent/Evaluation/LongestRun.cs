using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>
/// The longest run of a text's tokens that stands, token for token, in another text: how much a model that wrote the one has
/// learnt of the other by heart.
/// </summary>
/// <param name="Length">Number of tokens; 0 where the texts have none in common.</param>
/// <param name="Start">Where the run begins in the text, from 0; its first place where it has several.</param>
/// <param name="Source">Where the run begins in the other text, from 0; its first place where it has several.</param>
public sealed record LongestRun(int Length, int Start, int Source)
{
    private const int Block = 4096; // tokens of the other text that are read at once

    /// <summary>
    /// Finds the longest run; of several the one that ends first in the other text. It takes room for the text alone, and
    /// time for each token of both.
    /// </summary>
    /// <param name="text">The tokens, such as those that a model has written, of shape (number of tokens).</param>
    /// <param name="source">The other text, such as the one the model was trained on, of shape (number of tokens).</param>
    /// <exception cref="IOException">The file that the other text's tokens are kept in cannot be read.</exception>
    public static LongestRun Of(ReadOnlySpan<int> text, TokenSequence source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var runs = new SuffixAutomaton(text);
        var best = new LongestRun(0, 0, 0);
        var (state, length) = (0, 0);
        var block = new int[Math.Min(Block, source.Length)];
        for (var from = 0; from < source.Length; from += Math.Min(Block, source.Length - from))
        {
            var tokens = block.AsSpan(0, Math.Min(Block, source.Length - from));
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
