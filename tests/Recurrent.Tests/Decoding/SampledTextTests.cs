using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

/// <summary>Texts drawn by chance: the same alone, among others, in a stream and from a saved state.</summary>
public sealed class SampledTextTests
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        "the tide was out and the miller counted her sacks and sang a song of rye"
    );

    private static readonly SamplingOptions s_options = new()
    {
        Temperature = 0.8,
        TopK = 12,
        RepetitionPenalty = 1.05,
        Seed = 5,
        AllowsUnknown = true,
    };

    private static readonly ILanguageModel s_model = Model();

    private static ILanguageModel Model(int? threads = null) =>
        LanguageModel.Create("lstm", s_corpus.Vocabulary.Count, hiddenSize: 19, device: new CpuDevice(threads));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_sample_is_the_same_text_however_many_there_are_for_any_threads()
    {
        var five = Samples(5);
        Assert.Equal(5, five.Distinct().Count());
        Assert.Equal(five[0], Generator().Generate("the ", 30, TestContext.Current.CancellationToken));
        foreach (var threads in (int[])[1, 3])
        {
            Assert.Equal(five[..2], Samples(2, threads));
            Assert.Equal(five, Samples(5, threads));
        }
    }

    [Fact]
    public void Prompts_side_by_side_have_draws_of_their_own_and_give_the_texts_they_give_alone()
    {
        string[] prompts = ["the ", "", "counted her sacks", "the "];
        var together = Generator().GenerateAll(prompts, 30, Cancellation);
        Assert.Equal(prompts.Select((prompt, sample) => Alone(prompt, sample)), together);
        Assert.NotEqual(together[0], together[3]);

        string Alone(string prompt, int sample) =>
            string.Concat(
                Generator()
                    .StreamSamples(prompt, 30, sample + 1, Cancellation)
                    .Where(piece => piece.Sample == sample)
                    .Select(piece => piece.Text)
            );
    }

    [Fact]
    public async Task An_asynchronous_stream_gives_the_same_pieces()
    {
        List<string> pieces = [];
        await foreach (var piece in Generator().StreamAsync("the ", 30, Cancellation))
        {
            pieces.Add(piece);
        }
        Assert.Equal(Generator().Stream("the ", 30, Cancellation), pieces);
    }

    [Fact]
    public async Task Asynchronous_streams_of_one_generator_run_at_once()
    {
        var generator = Generator();
        var expected = generator.Generate("the ", 200, TestContext.Current.CancellationToken);
        var texts = Enumerable.Range(0, 4).Select(_ => Read());
        Assert.All(await Task.WhenAll(texts), text => Assert.Equal(expected, text));

        async Task<string> Read()
        {
            var text = "";
            await foreach (var piece in generator.StreamAsync("the ", 200, Cancellation))
            {
                text += piece;
            }
            return text;
        }
    }

    [Fact]
    public async Task An_asynchronous_stream_stops_when_cancelled()
    {
        using var source = new CancellationTokenSource();
        var pieces = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Generator().StreamAsync("the ", 1000, source.Token))
            {
                if (++pieces == 3)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(3, pieces);
    }

    [Fact]
    public void A_saved_state_is_forked_and_continued()
    {
        var state = s_model.CreateDecoder().CreateState(1);
        int[] prefix = s_corpus.Codec.EncodePrompt("the ").Tokens.ToArray();
        float[] afterPrefix = [];
        foreach (var token in prefix)
        {
            afterPrefix = state.Step([0], [token]).ToArray();
        }
        var saved = state.Save(0);
        var five = Samples(5);
        for (var sample = 0; sample < 5; sample++)
        {
            state.Restore(0, saved);
            var sampler = new TokenSampler(s_options, s_corpus.Vocabulary.Count, sample);
            Array.ForEach(prefix, sampler.Observe);
            List<int> tokens = [sampler.Next(afterPrefix)];
            while (tokens.Count < 30)
            {
                tokens.Add(sampler.Next(state.Step([0], [tokens[^1]])));
            }
            Assert.Equal(five[sample], s_corpus.Codec.Decode([.. tokens]));
        }
    }

    [Fact]
    public void A_stop_string_ends_its_text_alone()
    {
        var free = Samples(5);
        var stop = free[2].Substring(10, 3);
        var stopped = Samples(5, s_options with { StopStrings = [stop] });
        Assert.Equal(free.Select(text => text.Split(stop)[0]), stopped);
        Assert.InRange(stopped[2].Length, 0, 10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Each_text_has_one_last_piece_at_its_end(int length)
    {
        var options = s_options with { StopStrings = [Samples(5)[2].Substring(10, 3)] };
        (int Sample, string Text, bool IsLast)[] pieces =
        [
            .. Generator(options).StreamSamples("the ", length, 5, Cancellation),
        ];
        for (var sample = 0; sample < 5; sample++)
        {
            var own = pieces.Where(piece => piece.Sample == sample).ToArray();
            Assert.True(own[^1].IsLast);
            Assert.Single(own, piece => piece.IsLast);
        }
        if (length > 0)
        {
            // The stopped one does not wait for the others.
            Assert.True(Array.FindIndex(pieces, piece => piece is { Sample: 2, IsLast: true }) < pieces.Length - 5);
        }
    }

    [Fact]
    public void Refuses_no_sample() => Assert.Throws<ArgumentOutOfRangeException>(() => Samples(0));

    private static TextGenerator Generator(SamplingOptions? options = null) =>
        new(s_model, s_corpus.Codec, options ?? s_options);

    private static string[] Samples(int count, SamplingOptions? options = null) => Samples(count, Generator(options));

    private static string[] Samples(int count, int threads) =>
        Samples(count, new TextGenerator(Model(threads), s_corpus.Codec, s_options));

    private static string[] Samples(int count, TextGenerator generator)
    {
        var texts = new string[count];
        var pieces = generator.StreamSamples("the ", 30, count, cancellationToken: Cancellation);
        foreach (var piece in pieces)
        {
            texts[piece.Sample] += piece.Text;
        }
        return texts;
    }
}
