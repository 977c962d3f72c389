using System.Text;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Tests.Evaluation;

public sealed class ComparisonTests
{
    private static readonly string s_text = string.Concat(
        Enumerable.Range(0, 400).Select(i => $"the tide was {(i * i % 7 < 3 ? "in" : "öut")}, {i}\n")
    );

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_difference_is_that_of_the_measurements_and_the_other_way_round_its_opposite()
    {
        var (one, other) = (Trained(seed: 1), Trained(seed: 2));
        var comparison = ModelEvaluator.Compare(one, other, s_text, Cancellation);
        var (first, second) = (Measured(one), Measured(other));
        Assert.Equal(first.BitsPerCharacter - second.BitsPerCharacter, comparison.Difference);
        Assert.Equal(Math.Log(first.Perplexity / second.Perplexity), comparison.NatsPerToken!.Value, 1e-9);
        var back = ModelEvaluator.Compare(other, one, s_text, Cancellation);
        Assert.Equal((-comparison.Difference, comparison.Margin), (back.Difference, back.Margin));
        Assert.Equal(comparison.IsDecided, Math.Abs(comparison.Difference) > comparison.Margin);
    }

    [Fact]
    public void What_makes_a_block_hard_makes_it_hard_for_both_and_leaves_the_difference_clear()
    {
        var (one, other) = (Trained(seed: 1), Trained(seed: 1));
        foreach (var parameter in other.Model.Parameters)
        {
            parameter.Value.ScaleInPlace(1.01f);
        }
        var comparison = ModelEvaluator.Compare(one, other, s_text, Cancellation);
        Assert.NotEqual(0, comparison.Difference);
        Assert.InRange(comparison.Margin!.Value, 1e-9, 0.2 * Measured(one).Margin!.Value);
    }

    [Fact]
    public void A_model_is_neither_better_nor_worse_than_itself()
    {
        var comparison = ModelEvaluator.Compare(Trained(seed: 1), Trained(seed: 1), s_text, Cancellation);
        Assert.Equal((0, 0, false), (comparison.Difference, comparison.Margin, comparison.IsDecided));
    }

    [Fact]
    public void A_constant_difference_in_every_block_is_decided_however_small()
    {
        var one = new Measurement("a", 3200, 3200, 3200, 3200) { Blocks = [.. Blocks().Select(bits => 1 + bits)] };
        var other = new Measurement("b", 3200 - 32, 3200, 3200, 3200)
        {
            Blocks = [.. Blocks().Select(bits => 0.99 + bits)],
        };
        var comparison = new Comparison(one, other);
        Assert.Equal(0.01, comparison.Difference, 1e-12);
        Assert.InRange(comparison.Margin!.Value, 0, 1e-12);
        Assert.True(comparison.IsDecided);

        static IEnumerable<double> Blocks() => Enumerable.Range(0, 32).Select(i => Math.Sin(i));
    }

    [Theory]
    [InlineData("characters")]
    [InlineData("words")]
    [InlineData("bytes")]
    public void Tokens_begin_at_their_bytes_and_the_blocks_have_all_bits(string tokenizer)
    {
        var codec = Codec(tokenizer);
        var text = MeasuredText.FromText(s_text, codec);
        var (positions, content) = (text.Positions, text.Content);
        Assert.Equal(text.Length, positions.Length);
        if (tokenizer == "bytes")
        {
            Assert.Equal(Enumerable.Range(0, content.Length), positions);
        }
        var joiner = codec.Tokenizer.CreateJoiner();
        var tokens = TextCodec.Split(s_text, codec.Normalizer, codec.Tokenizer).ToArray();
        for (var i = 0; i < tokens.Length && tokenizer != "bytes"; i++)
        {
            var piece = Encoding.UTF8.GetBytes(joiner.Append(tokens[i]));
            Assert.Equal(piece, content.Slice(positions[i], piece.Length).ToArray());
        }
        double[] bits = [.. positions.Select((_, i) => 1.0 + (i % 5))];
        var length = content.Length / BlockInterval.Blocks;
        var whole = bits.Where((_, i) => positions[i] < length * BlockInterval.Blocks).Sum();
        var means = BlockInterval.MeansOf(bits, positions, content.Length)!;
        Assert.Equal(whole, means.Sum() * length, 1e-6);
        Assert.Null(BlockInterval.MeansOf(bits, positions, 1023));
    }

    [Theory]
    [InlineData("words")]
    [InlineData("bytes")]
    public void Models_of_other_tokens_are_compared_by_the_same_characters(string tokenizer)
    {
        var (one, other) = (Trained(seed: 1), Trained(seed: 1, tokenizer));
        var comparison = ModelEvaluator.Compare(one, other, s_text, Cancellation);
        Assert.Equal(comparison.First.Characters, comparison.Second.Characters);
        Assert.Equal(Measured(one).BitsPerCharacter - Measured(other).BitsPerCharacter, comparison.Difference);
        Assert.NotNull(comparison.Margin);
        Assert.Null(comparison.NatsPerToken);
    }

    [Fact]
    public void N_grams_are_paired_with_the_model_by_the_same_blocks()
    {
        var text = MeasuredText.FromText(s_text, Codec("characters"));
        var (before, heldOut) = text.HoldOut(0.5);
        var gram = Baselines.Measure(before, heldOut, Codec("characters").Vocabulary.Count, Cancellation).ElementAt(4);
        var length = heldOut.Content.Length / BlockInterval.Blocks;
        Assert.Equal("4-gram", gram.Name);
        Assert.InRange(gram.Blocks!.Sum() * length / gram.Bits, 0.98, 1);
        Assert.NotNull(new Comparison(ModelEvaluator.Measure(Trained(seed: 1), heldOut, Cancellation), gram).Margin);
    }

    [Fact]
    public void Models_that_read_other_characters_are_refused()
    {
        var letters = Trained(seed: 1, options: CorpusOptions.Book);
        var refused = Assert.Throws<ArgumentException>(() =>
            ModelEvaluator.Compare(Trained(seed: 1), letters, s_text, Cancellation)
        );
        Assert.StartsWith(
            "The two models do not read the same characters of this text; compare models that were trained with",
            refused.Message
        );
        Assert.Throws<ArgumentException>(() => ModelEvaluator.Compare(letters, letters, "", Cancellation));
    }

    [Fact]
    public void A_part_of_a_text_is_the_same_in_another_models_tokens()
    {
        var codec = Corpus.FromText(s_text, CorpusOptions.Book).Codec;
        var part = MeasuredText.FromText(s_text, codec).Slice(3, 1500); // from a blank on
        Assert.Equal(part.Tokens.ToArray(), part.In(codec).Tokens.ToArray());
    }

    [Fact]
    public void A_short_text_has_a_difference_and_no_interval()
    {
        var comparison = ModelEvaluator.Compare(Trained(seed: 1), Trained(seed: 2), s_text[..500], Cancellation);
        Assert.NotEqual(0, comparison.Difference);
        Assert.Equal((null, false), (comparison.Margin, comparison.IsDecided));
    }

    private static Measurement Measured(TrainedModel model) => ModelEvaluator.Measure(model, s_text, Cancellation);

    private static TextCodec Codec(string tokenizer) =>
        Corpus.FromText(s_text, new CorpusOptions { Tokenizer = Tokenizer.FromName(tokenizer) }).Codec;

    private static TrainedModel Trained(long seed, string tokenizer = "characters", CorpusOptions? options = null)
    {
        var codec = options is null ? Codec(tokenizer) : Corpus.FromText(s_text, options).Codec;
        var configuration = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = codec.Vocabulary.Count,
            HiddenSize = 9,
        };
        return new(LanguageModel.Create(configuration, RandomStream.Parameters(seed)), codec);
    }
}
