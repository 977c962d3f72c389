using FsCheck.Fluent;
using Recurrent.Adaptation;
using Recurrent.Models.Counts;

namespace Recurrent.Tests.Adaptation;

/// <summary>Counts that grow, against those of a whole text and against the definition on two texts.</summary>
public sealed class GrowingCountsTests
{
    private static FsCheck.Gen<(int[] Before, int[] Read, int Vocabulary, int Order)> Cases =>
        from vocabulary in Gen.Choose(1, 5)
        from before in Gen.Choose(0, 60)
        from read in Gen.Choose(0, 60)
        from text in Gen.ArrayOf(Gen.Choose(0, vocabulary - 1), before + read)
        from order in Gen.Choose(1, NGramModel.MaxOrder)
        select (text[..before], text[before..], vocabulary, order);

    [Fact]
    public void Counts_from_nothing_are_those_of_the_text_that_was_read() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var growing = new GrowingCounts(NGramModel.Count([], c.Vocabulary, c.Order));
                for (var end = 0; end <= c.Read.Length; end++)
                {
                    var counts = NGramModel.Count(c.Read.AsSpan(0, end), c.Vocabulary, c.Order);
                    AssertPredicts(counts, c.Read[..end], growing);
                    if (end < c.Read.Length)
                    {
                        growing.Read(c.Read[end]);
                    }
                }
            }
        );

    [Fact]
    public void Counts_are_those_of_both_texts() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var growing = Grown(c.Before, c.Read, c.Vocabulary, c.Order);
                var probabilities = new double[c.Vocabulary];
                growing.Predict(probabilities);
                for (var token = 0; token < c.Vocabulary; token++)
                {
                    var context = c.Read.TakeLast(c.Order - 1).ToArray();
                    var expected = Naive(
                        [c.Before, c.Read],
                        c.Vocabulary,
                        context,
                        token,
                        context.Length == c.Order - 1
                    );
                    Assert.Equal(expected, probabilities[token], 1e-12);
                }
            }
        );

    [Fact]
    public void The_model_that_has_adapted_predicts_as_it_did_when_it_read() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var growing = Grown(c.Before, c.Read, c.Vocabulary, c.Order);
                AssertPredicts((NGramModel)growing.Adapted(), c.Read, growing);
            }
        );

    [Fact]
    public void Probabilities_sum_to_1_all_the_time() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var growing = new GrowingCounts(NGramModel.Count(c.Before, c.Vocabulary, c.Order));
                foreach (var token in c.Read)
                {
                    var sum = 0.0;
                    foreach (var logit in growing.Read(token))
                    {
                        sum += Math.Exp(logit);
                    }
                    Assert.Equal(1, sum, 1e-6);
                }
            }
        );

    [Fact]
    public void What_was_counted_before_stays_as_it_was()
    {
        var model = NGramModel.Count([0, 1, 2, 0, 1], 3, 3);
        var before = Enumerable
            .Range(0, 3)
            .Select(token => model.Probability(model.ContextsAfter([0, 1]), token))
            .ToArray();
        var reader = new GrowingCounts(model);
        foreach (var token in new[] { 0, 1, 1, 0, 1, 1 })
        {
            reader.Read(token);
        }
        Assert.Equal(
            before,
            Enumerable.Range(0, 3).Select(token => model.Probability(model.ContextsAfter([0, 1]), token))
        );
    }

    private static GrowingCounts Grown(int[] before, int[] read, int vocabulary, int order)
    {
        var growing = new GrowingCounts(NGramModel.Count(before, vocabulary, order));
        foreach (var token in read)
        {
            growing.Read(token);
        }
        return growing;
    }

    private static void AssertPredicts(NGramModel expected, int[] context, GrowingCounts growing)
    {
        var probabilities = new double[expected.VocabularySize];
        growing.Predict(probabilities);
        var contexts = expected.ContextsAfter(context);
        for (var token = 0; token < probabilities.Length; token++)
        {
            Assert.Equal(expected.Probability(contexts, token), probabilities[token], 1e-12);
        }
    }

    private static double Naive(int[][] texts, int vocabulary, int[] context, int token, bool isHighest)
    {
        var length = context.Length + 1;
        var (grams, longer) = (NGrams(texts, length), NGrams(texts, length + 1).Distinct().ToList());
        var counts = grams
            .CountBy(gram => gram)
            .ToDictionary(gram => gram.Key, gram => isHighest ? gram.Value : longer.Count(one => one[2..] == gram.Key));
        var lower = length == 1 ? 1.0 / vocabulary : Naive(texts, vocabulary, context[1..], token, isHighest: false);
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
