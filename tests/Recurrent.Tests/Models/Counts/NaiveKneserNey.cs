namespace Recurrent.Tests.Models.Counts;

/// <summary>Modified Kneser–Ney as it is defined, by strings and from the whole text each time.</summary>
internal static class NaiveKneserNey
{
    /// <summary>The probability of a token after a context, of the n-grams of some texts.</summary>
    /// <param name="texts">Token indices of each text.</param>
    /// <param name="vocabulary">Number of vocabulary entries.</param>
    /// <param name="context">The tokens before it, all of which count.</param>
    /// <param name="token">The token.</param>
    /// <param name="isHighest">Whether n-grams are counted by how often they occur.</param>
    public static double Probability(int[][] texts, int vocabulary, int[] context, int token, bool isHighest)
    {
        var length = context.Length + 1;
        var (grams, longer) = (NGrams(texts, length), NGrams(texts, length + 1).Distinct().ToList());
        var counts = grams
            .CountBy(gram => gram)
            .ToDictionary(gram => gram.Key, gram => isHighest ? gram.Value : longer.Count(one => one[2..] == gram.Key));
        var lower =
            length == 1 ? 1.0 / vocabulary : Probability(texts, vocabulary, context[1..], token, isHighest: false);
        var before = Join(context);
        var following = counts.Where(pair => pair.Value > 0 && pair.Key[..^2] == before).ToList();
        double total = following.Sum(pair => pair.Value);
        if (total == 0)
        {
            return lower;
        }
        var n = Enumerable.Range(0, 5).Select(k => (double)counts.Values.Count(count => count == k)).ToArray();
        var y = n[1] / (n[1] + (2 * n[2]));
        double[] discounts = [0, .. Enumerable.Range(1, 3).Select(k => k - ((k + 1) * y * n[k + 1] / n[k]))];
        if (!Enumerable.Range(1, 3).All(k => discounts[k] > 0 && discounts[k] < k))
        {
            discounts = [0, 0.5, 1, 1.5];
        }
        var count = counts.GetValueOrDefault(before + Join([token]));
        var left = following.Sum(pair => discounts[Math.Min(pair.Value, 3)]);
        return ((count - discounts[Math.Min(count, 3)]) / total) + (left / total * lower);
    }

    // Two characters for each token, so that an n-gram is a string and its parts are substrings.
    private static List<string> NGrams(int[][] texts, int length) =>
        [
            .. from text in texts
            from start in Enumerable.Range(0, Math.Max(0, text.Length - length + 1))
            select Join(text[start..(start + length)]),
        ];

    private static string Join(int[] tokens) => string.Concat(tokens.Select(token => $"{token} "));
}
