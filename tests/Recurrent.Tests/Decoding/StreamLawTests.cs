using FsCheck.Fluent;
using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

/// <summary>
/// Streams that come, go, are forked, saved, restored and gone back in at random: each text is the one that its prompt
/// and options give alone.
/// </summary>
public sealed class StreamLawTests
{
    private const int Slots = 5;

    private static readonly string[] s_prompts =
    [
        "the tide",
        "",
        "a",
        "the miller counted her sacks and sang a song of rye and the tide was out and the miller ",
        "née ",
        "sang a ",
    ];

    private static readonly StreamOptions[] s_options =
    [
        new() { Length = 0 },
        new() { Length = 90, CanRewind = true },
        new()
        {
            Length = 7,
            Sampling = new() { Seed = -3 },
            Sample = 4,
        },
        new()
        {
            Length = 150,
            CanRewind = true,
            Sampling = new()
            {
                Temperature = 0.8,
                TopK = 9,
                RepetitionPenalty = 1.3,
                StopStrings = ["qz", "tee", "th"],
            },
        },
        new()
        {
            Length = 80,
            CanRewind = true,
            ScoresPrompt = true,
            Sampling = new()
            {
                TopP = 0.9,
                PresencePenalty = 0.7,
                FrequencyPenalty = 0.2,
                LogitBias = new Dictionary<int, double> { [1] = 1.5, [2] = -100 },
                StopStrings = ["aaa"],
                Seed = 8,
            },
        },
    ];

    private static FsCheck.Gen<(int Kind, int[] Choices)> Cases =>
        from kind in Gen.Choose(0, 4)
        from choices in Gen.ArrayOf(Gen.Choose(0, 999_999), 150)
        select (kind, choices);

    [Fact]
    public void Each_text_is_the_one_made_alone() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var (decoder, codec) = Model(c.Kind);
                var alone = new Dictionary<(int, int), string>();
                var play = new Play(decoder, codec);
                foreach (var choice in c.Choices)
                {
                    play.Do(choice);
                }
                play.Finish();
                Assert.NotEmpty(play.Texts);
                foreach (var (prompt, options, text, isWhole) in play.Texts)
                {
                    if (!alone.TryGetValue((prompt, options), out var expected))
                    {
                        expected = Alone(decoder, codec, prompt, options);
                        alone.Add((prompt, options), expected);
                    }
                    Assert.Equal(isWhole ? expected : expected[..text.Length], text);
                }
            }
        );

    [Fact]
    public void A_fork_of_another_sample_is_the_same_among_others()
    {
        var (decoder, codec) = Model(0);
        var (small, large) = (new StreamBatch(decoder, codec, 2), new StreamBatch(decoder, codec, 9));
        foreach (var prompt in s_prompts)
        {
            large.Admit(codec.EncodePrompt(prompt), s_options[3] with { Length = 500 });
        }
        Assert.Equal(Forked(small, codec), Forked(large, codec));

        static string[] Forked(StreamBatch batch, TextCodec codec)
        {
            var options = s_options[2] with { Length = 60 };
            var stream = batch.Admit(codec.EncodePrompt("the "), options);
            var pieces = new Dictionary<TextStream, string>();
            for (var step = 0; step < 40; step++)
            {
                foreach (var happened in batch.Step())
                {
                    pieces[happened.Stream] =
                        pieces.GetValueOrDefault(happened.Stream, "") + happened.Text + happened.Rest;
                }
                if (step == 15)
                {
                    pieces[batch.Fork(stream, options with { Length = 20, Sample = 5 })] = "";
                }
            }
            var fork = Assert.Single(pieces.Keys, other => other.Options.Sample == 5);
            Assert.NotEqual(pieces[stream][12..].Take(20), pieces[fork]);
            return [pieces[stream], pieces[fork]];
        }
    }

    [Fact]
    public void Two_halves_are_the_whole_wherever_a_text_is_cut()
    {
        foreach (var kind in (int[])[0, 1, 2, 4])
        {
            var (decoder, codec) = Model(kind);
            var options = s_options[3] with { Length = 200 };
            var prompt = codec.EncodePrompt(s_prompts[3]);
            var whole = Alone(decoder, codec, prompt: 3, options: 3, length: 200);
            var first = new StreamBatch(decoder, codec, 1);
            var stream = first.Admit(prompt, options);
            var text = "";
            var cuts = 0;
            while (stream.End is null)
            {
                var second = new StreamBatch(decoder, codec, 3);
                second.Admit(codec.EncodePrompt("a"), options); // a neighbour
                var rest = second.Restore(first.Save(stream), options with { Length = stream.Remaining });
                Assert.Equal(whole, text + Read(second, rest));
                foreach (var happened in first.Step())
                {
                    text += happened.Text + happened.Rest;
                }
                cuts++;
            }
            Assert.Equal(whole, text);
            Assert.True(cuts > 20, "The text is too short to be cut in many places.");
        }
    }

    [Fact]
    public void A_text_goes_back_to_any_of_its_tokens()
    {
        var (decoder, codec) = Model(0);
        var prompt = codec.EncodePrompt(s_prompts[3]);
        var options = s_options[1] with { Length = 150 };
        var whole = Alone(decoder, codec, prompt: 3, options: 1, length: 150);
        var batch = new StreamBatch(decoder, codec, 2);
        var stream = batch.Admit(prompt, options);
        Read(batch, stream);
        var end = batch.Save(stream);
        var before = prompt.Tokens.Length;
        for (var position = before; position <= end.Position; position++)
        {
            var saved = end.Rewind(position);
            var again = batch.Restore(saved, options with { Length = 150 - (position - before) });
            Assert.Equal(whole[(position - before)..], Read(batch, again));
            batch.Release(again);
        }
    }

    internal static string Read(StreamBatch batch, TextStream stream)
    {
        var text = "";
        while (stream.End is null)
        {
            foreach (var happened in batch.Step())
            {
                text += happened.Stream == stream ? happened.Text + happened.Rest : "";
            }
        }
        return text;
    }

    private static string Alone(Decoder decoder, TextCodec codec, int prompt, int options, int? length = null)
    {
        var batch = new StreamBatch(decoder, codec, 1);
        var asked = s_options[options] with { Length = length ?? s_options[options].Length };
        return Read(batch, batch.Admit(codec.EncodePrompt(s_prompts[prompt]), asked));
    }

    internal static (Decoder Decoder, TextCodec Codec) Model(int kind)
    {
        var corpus = Corpus.FromText(
            "the tide was out and the miller counted her sacks and sang a song of rye, née",
            new CorpusOptions
            {
                Tokenizer =
                    kind == 1 ? Tokenizer.Bytes
                    : kind == 2 ? Tokenizer.Words
                    : Tokenizer.Characters,
                Normalization = Normalization.None,
            }
        );
        var configuration = new ModelConfiguration
        {
            Kind = kind == 3 ? RnnFromScratch.Kind : "lstm",
            VocabularySize = corpus.Vocabulary.Count,
            HiddenSize = 13,
            Layers = kind == 0 ? 2 : 1,
        };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(3));
        foreach (var (_, value) in model.Parameters)
        {
            // Far from zero, so that one token follows from another.
            value.ChangeEach(weight => weight * (kind == 3 ? 60 : 4));
        }
        if (kind == 4)
        {
            var counts = NGramModel.Count(corpus.Tokens.Span, corpus.Vocabulary.Count, order: 4);
            model = new MixedModel(model, counts, weight: 0.7);
        }
        return (model.CreateDecoder(), corpus.Codec);
    }

    /// <summary>A batch in which the next thing to happen is chosen by a number.</summary>
    private sealed class Play(Decoder decoder, TextCodec codec)
    {
        private readonly List<(int Prompt, int Options, string Text, bool IsWhole)> _texts = [];
        private readonly List<Written> _saved = [];
        private readonly Dictionary<TextStream, Written> _written = [];
        private StreamBatch _batch = new(decoder, codec, Slots);

        public IReadOnlyList<(int Prompt, int Options, string Text, bool IsWhole)> Texts => _texts;

        private IReadOnlyList<TextStream> Streams => _batch.Streams;

        public void Do(int choice)
        {
            var (what, which) = (choice % 16, choice / 16);
            var stream = Streams.Count > 0 ? Streams[which % Streams.Count] : null;
            switch (what)
            {
                case 0 or 1 or 2 when _batch.FreeSlots > 0:
                    Admit(which % s_prompts.Length, which / s_prompts.Length % s_options.Length);
                    break;
                case 3 when stream is not null:
                    GiveUp(stream);
                    break;
                case 4 when stream is not null && _batch.FreeSlots > 0:
                    _written.Add(_batch.Fork(stream), _written[stream].Copy());
                    break;
                case 5 when stream is { Options.CanRewind: true }:
                    Rewind(stream, which);
                    break;
                case 6 when stream is not null:
                    Save(stream);
                    break;
                case 7 when _saved.Count > 0 && _batch.FreeSlots > 0:
                    Restore(which % _saved.Count);
                    break;
                case 8 when which % 8 == 0:
                    MoveAll();
                    break;
                default:
                    Enumerable.Range(0, 1 + (which % 20)).ToList().ForEach(_ => Step());
                    break;
            }
        }

        public void Finish()
        {
            do
            {
                while (_saved.Count > 0 && _batch.FreeSlots > 0)
                {
                    Restore(0);
                }
                Step();
            } while (_saved.Count > 0 || _written.Count > 0);
        }

        private void Admit(int prompt, int options)
        {
            var stream = _batch.Admit(codec.EncodePrompt(s_prompts[prompt]), s_options[options]);
            _written.Add(stream, new Written(prompt, options));
        }

        private void Step()
        {
            foreach (var happened in _batch.Step())
            {
                var written = _written[happened.Stream];
                written.Add(happened.Stream.Position, happened.Text + happened.Rest);
                if (happened.End is not null)
                {
                    _texts.Add((written.Prompt, written.Options, written.Text, true));
                    _written.Remove(happened.Stream);
                    _batch.Release(happened.Stream);
                }
            }
        }

        private void GiveUp(TextStream stream)
        {
            var written = _written[stream];
            _texts.Add((written.Prompt, written.Options, written.Text, false));
            _written.Remove(stream);
            _batch.Release(stream);
        }

        private void Rewind(TextStream stream, int which)
        {
            var written = _written[stream];
            var prompt = codec.EncodePrompt(s_prompts[written.Prompt]).Tokens.Length;
            if (stream.Position < prompt)
            {
                return;
            }
            var position = prompt + (which % (int)(stream.Position - prompt + 1));
            _written.Remove(stream);
            written.Forget(position);
            _written.Add(_batch.Rewind(stream, position), written);
        }

        private void Save(TextStream stream)
        {
            var written = _written[stream];
            (written.State, written.Left) = (_batch.Save(stream), stream.Remaining);
            _written.Remove(stream);
            _batch.Release(stream);
            _saved.Add(written);
        }

        private void Restore(int which)
        {
            var written = _saved[which];
            _saved.RemoveAt(which);
            var options = s_options[written.Options] with { Length = written.Left };
            _written.Add(_batch.Restore(written.State!, options), written);
        }

        private void MoveAll()
        {
            Streams.ToList().ForEach(Save);
            _batch = new StreamBatch(decoder, codec, Slots);
        }
    }

    /// <summary>What a stream has written, and where.</summary>
    private sealed class Written(int prompt, int options)
    {
        private List<(long Position, string Text)> _pieces = [];

        public int Prompt => prompt;

        public int Options => options;

        public StreamState? State { get; set; }

        public int Left { get; set; }

        public string Text => string.Concat(_pieces.Select(piece => piece.Text));

        public void Add(long position, string text) => _pieces.Add((position, text));

        public void Forget(long position) => _pieces.RemoveAll(piece => piece.Position > position);

        public Written Copy() => new(prompt, options) { _pieces = [.. _pieces] };
    }
}
