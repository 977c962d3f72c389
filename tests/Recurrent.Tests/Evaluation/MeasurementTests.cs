using System.Text;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Decoding;
using Recurrent.Tests.Formats;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Evaluation;

public sealed class MeasurementTests
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Concat(Enumerable.Repeat("the tide was out and the miller sang a song of rye ", 40)),
        CorpusOptions.Book
    );

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("characters", "aé", 16)] // two bytes
    [InlineData("words", "a né", 32)] // three bytes and the end of the word
    [InlineData("bytes", "aé", 16)] // a byte twice
    public void An_unknown_token_is_charged_for_being_spelled_out(string tokenizer, string text, double spelled)
    {
        var codec = Corpus.FromText("a a a", new CorpusOptions { Tokenizer = Tokenizer.FromName(tokenizer) }).Codec;
        var configuration = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = codec.Vocabulary.Count,
            HiddenSize = 3,
        };
        var model = new TrainedModel(LanguageModel.Create(configuration, RandomStream.Parameters(1)), codec);
        var measured = ModelEvaluator.Measure(model, text, Cancellation);
        Assert.Equal(spelled, measured.Bits - measured.TokenBits, 1e-9);
        Assert.Equal(measured.Bits / text.Length, measured.BitsPerCharacter);
        Assert.Equal(Math.Pow(2, measured.TokenBits / measured.Tokens), measured.Perplexity, 1e-9);
        var line = new LineScorer(model).Score([text], Cancellation)[0];
        Assert.Equal(spelled, line.SpellingBits);
        Assert.True(line.BitsPerCharacter > spelled / text.Length);
        var uniform = ModelEvaluator.MeasureBaselines(codec, "", text, Cancellation).First();
        Assert.Equal(spelled, uniform.Bits - uniform.TokenBits, 1e-9);
    }

    [Fact]
    public void Lines_of_bytes_are_read_after_the_byte_of_a_line_end()
    {
        var codec = Corpus.FromText("ab\nb", new CorpusOptions { Tokenizer = Tokenizer.Bytes }).Codec;
        var configuration = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = 4,
            HiddenSize = 3,
        };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(1));
        var state = model.CreateDecoder().CreateState(capacity: 1);
        var expected = Surprisal.OfToken(state.Step([0], [codec.Vocabulary["<0x0A>"]]), codec.Vocabulary["<0x61>"]);
        Assert.Equal(expected, new LineScorer(new TrainedModel(model, codec)).Score(["a"], Cancellation)[0].Bits, 1e-9);
    }

    [Fact]
    public void Bits_are_those_of_the_models_own_forward_pass()
    {
        var trained = Trained("gru");
        var text = MeasuredText.FromText("the miller sang", trained.Codec);
        int[] read = [Vocabulary.UnknownIndex, .. text.Tokens.Span[..^1]];
        var model = trained.Model;
        var (logits, _) = model.Forward(read, 1, model.InitialState(1));
        var bits = 0.0;
        for (var i = 0; i < read.Length; i++)
        {
            var row = logits.ToArray().AsSpan(i * s_corpus.Vocabulary.Count, s_corpus.Vocabulary.Count).ToArray();
            var sum = row.Sum(logit => Math.Exp(logit));
            bits -= Math.Log2(Math.Exp(row[text.Tokens.Span[i]]) / sum);
        }
        var measured = ModelEvaluator.Measure(trained, text, Cancellation);
        Assert.Equal(bits, measured.Bits, 1e-9);
        Assert.Equal(bits / 15, measured.BitsPerCharacter, 1e-9);
        Assert.Equal(Math.Pow(2, bits / 15), measured.Perplexity, 1e-9);
        Assert.Null(measured.Margin);
    }

    [Fact]
    public void A_model_that_knows_nothing_is_as_good_as_uniform()
    {
        var trained = TinyModel.Create();
        foreach (var parameter in trained.Model.Parameters)
        {
            parameter.Value.ChangeEach(_ => 0);
        }
        var text = MeasuredText.FromText(string.Concat(Enumerable.Repeat("ab", 1000)), trained.Codec);
        var measured = ModelEvaluator.Measure(trained, text, Cancellation);
        Assert.Equal(2000 * Math.Log2(3), measured.Bits, 1e-6);
        Assert.Equal(3, measured.Perplexity, 1e-9);
        Assert.Equal(0, measured.Margin!.Value, 1e-9);
        var (before, all) = text.HoldOut(1);
        Assert.True(before.Tokens.IsEmpty);
        var uniform = Baselines.Measure(before, all, 3, Cancellation).First();
        Assert.Equal("uniform", uniform.Name);
        Assert.Equal(measured.Bits, uniform.Bits, 1e-6);
    }

    [Fact]
    public void Characters_and_bytes_are_those_of_the_text()
    {
        var options = new CorpusOptions { LineEnds = LineEnds.Keep };
        var codec = Corpus.FromText("né \U0001F600", options).Codec;
        var text = MeasuredText.FromText("né \U0001F600\U0001F600?", codec);
        Assert.Equal((6, 6, 13, 1), (text.Tokens.Length, text.Characters, text.Content.Length, text.Unknown));
        var bytes = new TextCodec(
            new Normalizer(LineEnds: LineEnds.Keep),
            Tokenizer.Bytes,
            Corpus.FromText("é", options with { Tokenizer = Tokenizer.Bytes }).Vocabulary
        );
        var raw = MeasuredText.FromBytes(new byte[] { 0xC3, 0xA9, 0xFF }, "x", bytes);
        Assert.Equal((3, 3, 1), (raw.Tokens.Length, raw.Content.Length, raw.Unknown));
        Assert.Equal([0xFF], raw.HoldOut(0.3).HeldOut.Content.ToArray());
    }

    [Theory]
    [InlineData("characters", Normalization.None)]
    [InlineData("characters", Normalization.Letters)]
    [InlineData("words", Normalization.Letters)]
    [InlineData("bytes", Normalization.None)]
    public void A_part_of_a_stream_is_that_part_of_the_text(string tokenizer, Normalization normalization)
    {
        var bytes = Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Repeat("One, né zwei\r\n\U0001F600 drei 四 ", 2000))
        );
        var options = new CorpusOptions
        {
            Tokenizer = Tokenizer.FromName(tokenizer),
            Normalization = normalization,
            MaxVocabulary = 5,
        };
        var corpus = Corpus.FromBytes(bytes, "x", options);
        var whole = MeasuredText.FromBytes(bytes, "x", corpus.Codec);
        Assert.Equal(corpus.Tokens.ToArray(), whole.Tokens.ToArray());
        using var stream = new MemoryStream(bytes);
        var counted = MeasuredText.Count(stream, "x", corpus.Codec, cancellationToken: Cancellation);
        Assert.Equal((whole.Length, corpus.Hash, Corpus.HashOf(bytes)), counted);
        foreach (
            var (start, length) in new[] { (0, 5), (3, 0), (4095, 4097), (whole.Length - 3, 3), (whole.Length - 2, 7) }
        )
        {
            stream.Position = 0;
            var part = MeasuredText.FromStream(
                stream,
                "x",
                corpus.Codec,
                start,
                length,
                cancellationToken: Cancellation
            );
            var expected = whole.Slice(start, Math.Min(length, whole.Length - start));
            Assert.Equal(expected.Tokens.ToArray(), part.Tokens.ToArray());
            Assert.Equal(
                (expected.Characters, expected.Unknown, expected.Content.ToArray().Length),
                (part.Characters, part.Unknown, part.Content.ToArray().Length)
            );
        }
    }

    [Fact]
    public void What_is_held_out_stands_at_the_end()
    {
        var (before, heldOut) = MeasuredText.FromText("abaabababa", TinyModel.Create().Codec).HoldOut(0.25);
        Assert.Equal((7, 3), (before.Tokens.Length, heldOut.Tokens.Length));
        Assert.Equal("aba"u8.ToArray(), heldOut.Content.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => heldOut.HoldOut(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => heldOut.HoldOut(1.1));
    }

    [Fact]
    public void Baselines_learn_more_the_more_they_know()
    {
        var text = MeasuredText.FromText(s_corpus.Codec.Decode(s_corpus.Tokens.Span), s_corpus.Codec);
        var (before, heldOut) = text.HoldOut(0.1);
        var all = Baselines
            .Measure(before, heldOut, s_corpus.Vocabulary.Count, Cancellation)
            .ToDictionary(one => one.Name, one => one.BitsPerCharacter);
        Assert.Equal("uniform unigram 2-gram 3-gram 4-gram 5-gram 6-gram 7-gram 8-gram gzip brotli", string.Join(' ', all.Keys));
        string[] better = ["uniform", "unigram", "2-gram", "3-gram", "4-gram"];
        Assert.Equal(better.OrderByDescending(name => all[name]), better);
        Assert.InRange(all["6-gram"], 0, 0.2); // the text repeats
        Assert.InRange(all["gzip"], 0.1, 8);
        Assert.InRange(all["brotli"], 0.1, 8);
    }

    [Fact]
    public void A_unigram_counts_each_token_once_more_than_it_came()
    {
        var (before, heldOut) = MeasuredText.FromText("aaab", TinyModel.Create().Codec).HoldOut(0.25);
        var unigram = Baselines.Measure(before, heldOut, 3, Cancellation).Single(one => one.Name == "unigram");
        Assert.Equal(-Math.Log2(1.0 / 6), unigram.Bits, 1e-12); // b: (0 + 1) / (3 + 3)
    }

    // Of blocks whose means are drawn independently, 95 of 100 intervals hold the true mean.
    [Fact]
    public void Intervals_by_blocks_hold_the_mean_as_often_as_they_say()
    {
        const int Trials = 400;
        var held = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            var random = new RandomStream(trial, 3);
            double[] values = [.. Enumerable.Range(0, 2048).Select(i => (double)random.Normal((ulong)i / 64))];
            held += Math.Abs(values.Average()) <= BlockInterval.HalfWidth(values) ? 1 : 0;
        }
        Assert.InRange(held, 0.92 * Trials, 0.98 * Trials);
        Assert.Null(BlockInterval.HalfWidth(new double[1023]));
    }

    [Fact]
    public void Refuses_an_empty_text_and_a_model_that_reads_ahead()
    {
        var trained = Trained("rnn");
        var empty = MeasuredText.FromText("", trained.Codec);
        Assert.Throws<ArgumentException>(() => ModelEvaluator.Measure(trained, empty, Cancellation));
        var ahead = Trained("rnn", bidirectional: true);
        var text = MeasuredText.FromText("the", trained.Codec);
        Assert.Throws<ArgumentException>(() => ModelEvaluator.Measure(ahead, text, Cancellation));
        Assert.Throws<ArgumentException>(() => new LineScorer(ahead));
    }

    [Fact]
    public void Lines_side_by_side_get_the_bits_they_get_alone_for_any_threads()
    {
        var scorer = new LineScorer(Trained("lstm"));
        string[] lines = ["the tide", "", "zqxj vvk", "The miller sang a song of rye", "!?"];
        LineScore[] alone = [.. lines.Select(line => scorer.Score([line], Cancellation)[0])];
        foreach (var threads in (int[])[1, 3])
        {
            scorer = new LineScorer(Trained("lstm", device: new CpuDevice(threads)));
            Assert.Equal(alone, scorer.Score(lines, Cancellation));
        }
        Assert.Equal([8, 0, 8, 29, 0], alone.Select(line => line.Characters));
        Assert.Equal(0, alone[1].BitsPerCharacter);
        Assert.Equal(alone[0].Bits / 8, alone[0].BitsPerCharacter);
        Assert.Empty(scorer.Score([], Cancellation));
    }

    [Fact]
    public void A_long_line_among_short_ones_takes_no_more_than_alone()
    {
        string[] lines = [.. Enumerable.Repeat("the tide", 63), string.Concat(Enumerable.Repeat("the miller ", 100))];
        var model = new CountingModel(s_corpus.Vocabulary.Count);
        new LineScorer(model.Decoder, s_corpus.Codec).Score(lines, Cancellation);
        Assert.Equal(lines.Sum(line => s_corpus.Codec.Encode(line).Length), model.TokensRead);
    }

    private static TrainedModel Trained(string kind, bool bidirectional = false, Device? device = null) =>
        new(
            LanguageModel.Create(
                new ModelConfiguration
                {
                    Kind = kind,
                    VocabularySize = s_corpus.Vocabulary.Count,
                    HiddenSize = 17,
                    Bidirectional = bidirectional,
                },
                RandomStream.Parameters(2),
                device
            ),
            s_corpus.Codec,
            new TrainingSummary()
        );
}
