using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

public sealed class BeamSearchTests
{
    private static readonly Corpus s_corpus = Corpus.FromText("abcabcaacb"); // <unk>, a, b, c

    private static readonly TextCodec s_codec = s_corpus.Codec;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void One_beam_is_greedy()
    {
        for (long seed = 1; seed < 6; seed++)
        {
            var generator = new TextGenerator(Model(seed), s_codec, SamplingOptions.Greedy);
            Assert.Equal(
                generator.Generate("ab", 30, TestContext.Current.CancellationToken),
                Search(generator, "ab", 30, 1)
            );
        }
    }

    // With a beam for every text but for its last token, nothing is ever dropped.
    [Fact]
    public void Enough_beams_find_the_likeliest_of_all_texts()
    {
        var differ = 0;
        for (long seed = 1; seed < 30; seed++)
        {
            var model = Model(seed);
            var generator = new TextGenerator(model, s_codec, SamplingOptions.Greedy);
            var likeliest = All(4).MaxBy(tokens => LogProbability(model, "ab", tokens))!;
            Assert.Equal(s_codec.Decode(likeliest), Search(generator, "ab", 4, 64));
            differ +=
                generator.Generate("ab", 4, TestContext.Current.CancellationToken) == s_codec.Decode(likeliest) ? 0 : 1;
        }
        Assert.True(differ > 0, "Greedy found every one of them too, so the search is not put to the test.");
    }

    [Fact]
    public void A_stop_string_cuts_the_text_and_no_length_gives_none()
    {
        var free = Search(new TextGenerator(Model(3), s_codec, SamplingOptions.Greedy), "a", 12, 5);
        var stopping = SamplingOptions.Greedy with { StopStrings = [free.Substring(5, 2)] };
        var stopped = Search(new TextGenerator(Model(3), s_codec, stopping), "a", 12, 5);
        Assert.Equal(free.Split(stopping.StopStrings[0])[0], stopped);
        Assert.Equal("", Search(new TextGenerator(Model(3), s_codec, SamplingOptions.Greedy), "a", 0, 5));
    }

    [Fact]
    public void Refuses_no_beam_and_a_negative_length()
    {
        var generator = new TextGenerator(Model(1), s_codec, SamplingOptions.Greedy);
        Assert.Throws<ArgumentOutOfRangeException>(() => Search(generator, "a", 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Search(generator, "a", -1, 1));
    }

    private static string Search(TextGenerator generator, string prefix, int length, int beams) =>
        generator.Search(prefix, length, beams, Cancellation);

    // Weights far from zero, so that what comes early decides what is likely late.
    private static ILanguageModel Model(long seed)
    {
        var model = LanguageModel.Create("gru", s_codec.Vocabulary.Count, hiddenSize: 9, seed: seed);
        foreach (var (_, value) in model.Parameters)
        {
            value.ChangeEach(weight => weight * 2);
        }
        return model;
    }

    private static IEnumerable<int[]> All(int length) =>
        length == 0
            ?
            [
                [],
            ]
            : All(length - 1)
                .SelectMany(tokens =>
                    Enumerable.Range(1, s_codec.Vocabulary.Count - 1).Select(token => (int[])[.. tokens, token])
                );

    private static double LogProbability(ILanguageModel model, string prefix, int[] tokens)
    {
        var before = s_codec.Encode(prefix);
        int[] read = [.. before, .. tokens[..^1]];
        var (logits, _) = model.Forward(read, 1, model.InitialState(1));
        var vocabulary = s_codec.Vocabulary.Count;
        return tokens
            .Select(
                (token, i) =>
                {
                    var row = logits.ToArray().AsSpan((before.Length - 1 + i) * vocabulary, vocabulary).ToArray();
                    return row[token] - Math.Log(row.Sum(logit => Math.Exp(logit)));
                }
            )
            .Sum();
    }
}
