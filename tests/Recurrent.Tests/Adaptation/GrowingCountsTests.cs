using FsCheck.Fluent;
using Recurrent.Adaptation;
using Recurrent.Models.Counts;
using Recurrent.Tests.Models.Counts;

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
                    var expected = NaiveKneserNey.Probability(
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
}
