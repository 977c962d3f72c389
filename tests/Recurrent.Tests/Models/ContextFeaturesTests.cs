using FsCheck.Fluent;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Models;

/// <summary>Vectors of the last tokens and words, and what is known of the text before.</summary>
public sealed class ContextFeaturesTests
{
    private const int Vocabulary = 9;

    [Fact]
    public void They_are_equal_by_value_and_refuse_letters_that_are_none()
    {
        var features = new ContextFeatures { Letters = [1, 5] };
        Assert.Equal(features, features with { Letters = [1, 5] });
        Assert.NotEqual(features, features with { Letters = [1, 6] });
        Assert.NotEqual(features, features with { Letters = null });
        Assert.NotEqual(features, features with { Rows = 5 });
        Assert.NotEqual(features, features with { Dropout = 0 });
        Assert.Contains(
            "Letter 1 is token 3 and must be above 3",
            Assert.Throws<ArgumentException>(() => features with { Letters = [3, 3] }).Message
        );
        Assert.Throws<ArgumentException>(() => features with { Letters = [-1] });
        Assert.Throws<ArgumentOutOfRangeException>(() => features with { Rows = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => features with { Dropout = 1 });
    }

    [Fact]
    public void What_is_known_of_the_text_is_carried_from_part_to_part()
    {
        foreach (
            var letters in (int[][])
                [
                    [1, 2, 4, 7],
                    [],
                ]
        )
        {
            Laws.Hold(
                from rows in Gen.Choose(1, 4)
                from steps in Gen.Choose(2, 12)
                from cut in Gen.Choose(1, steps - 1)
                from seed in Gen.Choose(0, 1_000_000)
                select (rows, steps, cut, seed),
                s =>
                {
                    var tables = Tables(letters);
                    var tokens = Draw.Indices(s.seed, s.rows * s.steps, Vocabulary); // (steps, rows)
                    var (whole, end) = Read(tables, tokens, s.rows, Zeros(s.rows));
                    var (first, middle) = Read(tables, tokens[..(s.cut * s.rows)], s.rows, Zeros(s.rows));
                    var (second, same) = Read(tables, tokens[(s.cut * s.rows)..], s.rows, middle);
                    Assert.Equal(whole, first.Concat(second));
                    Assert.Equal(end.ToArray(), same.ToArray());
                }
            );
        }
    }

    [Fact]
    public void A_vector_depends_on_the_last_four_tokens_and_on_two_words_and_on_nothing_before()
    {
        const int letters = 4; // tokens 1 to 4; the others are none
        var tables = Tables([1, 2, 3, letters]);
        // Two words before the last are seen by no feature: 1 2 | 3 3 | 4 2.
        int[] text = [1, 2, 0, 3, 3, 5, 4, 2];
        var expected = Last(text);
        Assert.Equal(expected, Last([2, 2, 0, .. text]));
        Assert.Equal(expected, Last([.. text[..2], 6, .. text[3..]]));
        Assert.NotEqual(expected, Last([1, 2, 0, 4, 3, 5, 4, 2])); // the word before
        Assert.NotEqual(expected, Last([.. text[..5], 6, 4, 2])); // the last four
        Assert.NotEqual(Last([3, 1, 2, 1, 2]), Last([4, 1, 2, 1, 2])); // the word so far
        // Without words it depends on the four alone.
        tables = Tables([]);
        Assert.Equal(Last(text), Last([7, 3, 5, 4, 2]));

        float[] Last(int[] tokens) => Read(tables, tokens, 1, Zeros(1)).Vectors[^3..];
    }

    [Fact]
    public void Each_feature_of_a_position_is_dropped_as_a_whole_and_the_others_are_scaled()
    {
        // The embedding is 100, and each table is a power of 2, so that a sum tells which were dropped.
        Tensor[] tables =
        [
            Tensor.Zeros(Vocabulary, 2) + 100f,
            .. Enumerable.Range(0, 5).Select(i => Tensor.Zeros(3, 2) + (1 << i)),
        ];
        var dropping = new ContextTables(
            new()
            {
                Rows = 3,
                Dropout = 0.5,
                Letters = [1],
            },
            tables
        );
        var tokens = Indices.From(new int[400], 20, 20);
        var vectors = dropping.Forward(tokens, Zeros(20), RandomStream.Dropout(1)).Vectors.ToArray();
        Assert.All(vectors.Chunk(2), pair => Assert.Equal(pair[0], pair[1]));
        int[] kept = [.. vectors.Chunk(2).Select(pair => (int)((pair[0] - 100) / 2))];
        Assert.Equal(32, kept.Distinct().Count());
        for (var feature = 0; feature < 5; feature++)
        {
            Assert.InRange(kept.Count(set => (set & (1 << feature)) != 0), 150, 250);
        }
        Assert.All(dropping.Forward(tokens, Zeros(20), null).Vectors.ToArray(), value => Assert.Equal(131, value));
    }

    [Fact]
    public void A_model_says_what_it_needs_for_them()
    {
        var configuration = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = Vocabulary,
            HiddenSize = 4,
            EmbeddingSize = 3,
            Features = new() { Rows = 5, Letters = [1, 2] },
        };
        Assert.Equal(
            [
                "features.2.weight",
                "features.3.weight",
                "features.4.weight",
                "features.word.weight",
                "features.words.weight",
            ],
            Create(configuration).Parameters.Skip(1).Take(5).Select(parameter => parameter.Name)
        );
        Assert.Equal(10, Create(configuration with { Features = new() { Rows = 5 } }).Parameters.Count);
        Refuses("its size is 0", configuration with { EmbeddingSize = 0 });
        Refuses("token 9 as a letter", configuration with { Features = new() { Letters = [1, 9] } });
        Refuses("has one layer", configuration with { Kind = "rnn-scratch" });
        var model = Create(configuration);
        Assert.Contains(
            "InitialState makes one",
            Assert.Throws<ArgumentException>(() => model.Forward([1, 2], 1, new(Zeros(1), Zeros(2)))).Message
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Forward([1, 9], 1, model.InitialState(1)));

        static ILanguageModel Create(ModelConfiguration configuration) =>
            LanguageModel.Create(configuration, RandomStream.Parameters(1));

        static void Refuses(string problem, ModelConfiguration configuration) =>
            Assert.Contains(problem, Assert.Throws<ArgumentException>(() => Create(configuration)).Message);
    }

    private static ContextTables Tables(int[] letters)
    {
        var features = new ContextFeatures { Rows = 1000, Letters = letters };
        Tensor[] tables =
        [
            Draw.Values(0, Vocabulary, 3),
            .. ContextTables.Specs(features, 3).Select((spec, i) => Draw.Values(1 + i, spec.Shape.ToArray())),
        ];
        return new ContextTables(features, tables);
    }

    private static (float[] Vectors, Tensor Context) Read(ContextTables tables, int[] tokens, int rows, Tensor context)
    {
        var (vectors, after) = tables.Forward(Indices.From(tokens, tokens.Length / rows, rows), context, null);
        return (vectors.ToArray(), after);
    }

    private static Tensor Zeros(int rows) => Tensor.Zeros(rows, ContextTables.ContextLength);
}
