using FsCheck.Fluent;
using Recurrent.Decoding;
using Recurrent.Kernels.Portable;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Models.Counts;

/// <summary>The n-grams against a small computation of their own, straight from the definition.</summary>
public sealed class NGramModelTests
{
    private static FsCheck.Gen<(int[] Text, int Vocabulary, int Order)> Cases =>
        from vocabulary in Gen.Choose(1, 5)
        from length in Gen.Choose(0, 60)
        from text in Gen.ArrayOf(Gen.Choose(0, vocabulary - 1), length)
        from order in Gen.Choose(1, NGramModel.MaxOrder)
        select (text, vocabulary, order);

    [Fact]
    public void Gives_the_probabilities_of_the_definition() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var model = NGramModel.Count(c.Text, c.Vocabulary, c.Order);
                for (var place = 0; place < 20; place++)
                {
                    var random = new RandomStream(place, 1);
                    int[] context =
                    [
                        .. Enumerable.Range(0, place % 8).Select(i => random.Below(c.Vocabulary, (ulong)i)),
                    ];
                    for (var token = 0; token < c.Vocabulary; token++)
                    {
                        var used = context.TakeLast(c.Order - 1).ToArray();
                        Assert.Equal(
                            NaiveKneserNey.Probability(
                                [c.Text],
                                c.Vocabulary,
                                used,
                                token,
                                isHighest: used.Length == c.Order - 1
                            ),
                            Probability(model, context, token),
                            1e-12
                        );
                    }
                }
            }
        );

    [Fact]
    public void Counts_once_for_all_orders() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var shared = Of(new SortedWindows(c.Text, NGramModel.MaxOrder), c.Vocabulary, c.Order);
                var own = NGramModel.Count(c.Text, c.Vocabulary, c.Order);
                for (var token = 0; token < c.Vocabulary; token++)
                {
                    Assert.Equal(Probability(own, c.Text, token), Probability(shared, c.Text, token));
                }
            }
        );

    [Fact]
    public void Probabilities_sum_to_1() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var model = NGramModel.Count(c.Text, c.Vocabulary, c.Order);
                foreach (var context in c.Text.Chunk(7).Append([]))
                {
                    var sum = Enumerable.Range(0, c.Vocabulary).Sum(token => Probability(model, context, token));
                    Assert.Equal(1, sum, 1e-12);
                }
            }
        );

    // "francisco" is frequent after "san" alone, so that a unigram by continuations thinks little of it.
    [Fact]
    public void Counts_what_a_token_follows_and_not_how_often()
    {
        int[] text = [0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 4, 3, 2, 3];
        var model = NGramModel.Count(text, 6, order: 2);
        Assert.True(Probability(model, [5], 3) > Probability(model, [5], 1));
    }

    [Fact]
    public void Reads_as_a_decoder_what_its_probabilities_say() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var model = NGramModel.Count(c.Text, c.Vocabulary, c.Order);
                var state = model.CreateDecoder().CreateState(3);
                state.Step([2, 0], [0, 0]);
                state.Reset(2);
                for (var end = 1; end <= Math.Min(c.Text.Length, 9); end++)
                {
                    var saved = state.Save(2);
                    var logits = state.Step([1, 2], [0, c.Text[end - 1]]).ToArray()[c.Vocabulary..];
                    state.Restore(1, saved);
                    Assert.Equal(logits, state.Step([1], [c.Text[end - 1]]).ToArray());
                    Assert.Equal(
                        Enumerable
                            .Range(0, c.Vocabulary)
                            .Select(token => (float)PortableMath.Log(Probability(model, c.Text.AsSpan(0, end), token))),
                        logits
                    );
                }
            }
        );

    [Fact]
    public void Writes_what_it_has_counted()
    {
        var corpus = Corpus.FromText(string.Concat(Enumerable.Repeat("the tide was out ", 20)));
        var model = NGramModel.Count(corpus.Tokens.Span, corpus.Vocabulary.Count, order: 5);
        Assert.Equal(
            "e tide was out t",
            new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy).Generate(
                "th",
                16,
                TestContext.Current.CancellationToken
            )
        );
    }

    [Fact]
    public void Refuses_what_is_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NGramModel.Count([], 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => NGramModel.Count([], 2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => NGramModel.Count([], 2, NGramModel.MaxOrder + 1));
    }

    [Fact]
    public void Refuses_a_token_that_the_vocabulary_has_not() =>
        Assert.StartsWith(
            "A token is 2 and must be a whole number from 0 to 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => NGramModel.Count([0, 1, 2], 2)).Message
        );

    [Fact]
    public void Lowers_the_order_until_the_ngrams_are_few_enough() =>
        Laws.Hold(
            from c in Cases
            from most in Gen.Choose(1, 200)
            select (c, most),
            drawn =>
            {
                var ((text, vocabulary, order), most) = drawn;
                var model = NGramModel.Count(text, vocabulary, order, most);
                Assert.True(model.Entries <= most || model.Order == 1);
                Assert.True(model.Order == order || NGramModel.Count(text, vocabulary, model.Order + 1).Entries > most);
                var own = NGramModel.Count(text, vocabulary, model.Order);
                Assert.Equal(own.Entries, model.Entries);
                for (var token = 0; token < vocabulary; token++)
                {
                    Assert.Equal(Probability(own, text, token), Probability(model, text, token));
                }
            }
        );

    [Fact]
    public void Gives_as_a_model_what_its_decoder_gives_to_the_bit() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var model = NGramModel.Count(c.Text, c.Vocabulary, c.Order);
                const int batch = 3;
                var (decoder, state) = (model.CreateDecoder().CreateState(batch), model.InitialState(batch));
                for (var steps = 1; steps < 5; steps++)
                {
                    var random = new RandomStream(steps, 3);
                    int[] tokens =
                    [
                        .. Enumerable.Range(0, steps * batch).Select(i => random.Below(c.Vocabulary, (ulong)i)),
                    ];
                    var (logits, next) = model.Forward(Indices.From(tokens, steps, batch), state);
                    state = next;
                    Assert.Equal(
                        tokens.Chunk(batch).SelectMany(step => decoder.Step([0, 1, 2], step).ToArray()),
                        logits.ToArray()
                    );
                }
                Assert.Equal(
                    Enumerable.Range(0, batch).SelectMany(row => decoder.Save(row).ValuesOf(0).ToArray()),
                    state.Parts[0].ToArray()
                );
            }
        );

    // What a saved state holds may have come from anywhere.
    [Fact]
    public void Takes_what_is_no_token_for_the_beginning_of_a_text()
    {
        var model = NGramModel.Count([0, 1, 0, 2, 1], 3, order: 4);
        var (state, fresh) = (model.CreateDecoder().CreateState(1), model.CreateDecoder().CreateState(1));
        state.Restore(0, new DecoderRow(("tokens", [1e9f, -7, 0])));
        fresh.Step([0], [0]);
        Assert.Equal(fresh.Step([0], [2]).ToArray(), state.Step([0], [2]).ToArray());
    }

    private static NGramModel Of(SortedWindows windows, int vocabulary, int order) =>
        new(new NGramTrie(windows, order), vocabulary);

    private static double Probability(NGramModel model, ReadOnlySpan<int> context, int token) =>
        model.Probability(model.ContextsAfter(context), token);
}
