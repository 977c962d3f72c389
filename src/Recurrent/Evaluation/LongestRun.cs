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
    /// <summary>
    /// Finds the longest run; of several the one that ends first in the other text. It takes room for the text alone, and
    /// time for each token of both.
    /// </summary>
    /// <param name="text">The tokens, such as those that a model has written, of shape (number of tokens).</param>
    /// <param name="source">The other text, such as the one the model was trained on, of shape (number of tokens).</param>
    public static LongestRun Of(ReadOnlySpan<int> text, ReadOnlySpan<int> source)
    {
        var runs = new SuffixAutomaton(text);
        var best = new LongestRun(0, 0, 0);
        var (state, length) = (0, 0);
        for (var i = 0; i < source.Length; i++)
        {
            (state, length) = runs.Read(state, length, source[i]);
            if (length > best.Length)
            {
                best = new LongestRun(length, runs.FirstEnd(state) + 1 - length, i + 1 - length);
            }
        }
        return best;
    }
}
