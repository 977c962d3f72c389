using System.Text;
using FsCheck.Fluent;
using Recurrent.Compression;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Tests.Compression;

public sealed class TextPackerTests
{
    private const string Known = "the miller sang a song of rye,\nand then went  to bed. ";

    // Characters that some models know and others do not, of one to four bytes, and bytes that are not UTF-8.
    private static readonly byte[][] s_parts =
    [
        .. new[]
        {
            "the",
            " ",
            "  ",
            "song",
            "\r\n",
            "\n",
            "\uFEFF",
            "é",
            "麵",
            "🌾",
            "\u2003",
            "<unk>",
            "<0x41>",
            "q",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFE],
        [0xFF],
        [0x80],
        [0xE9, 0xBA],
        [0xF0, 0x9F, 0x8C],
        [0xC0, 0x80],
        [0xED, 0xA0, 0x80],
        [0],
    ];

    public static TheoryData<string> Tokenizers => ["characters", "words", "bytes"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Any_bytes_come_back(string tokenizer)
    {
        var packer = Counting(tokenizer);
        Laws.Hold(
            Gen.Elements(s_parts).ArrayOf().Select(parts => parts.SelectMany(part => part).ToArray()),
            bytes => Assert.Equal(bytes, Unpack(packer, Pack(packer, bytes)))
        );
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Every_byte_alone_and_every_pair_comes_back(string tokenizer)
    {
        var packer = Counting(tokenizer);
        for (var first = 0; first < 256; first++)
        {
            Assert.Equal([(byte)first], Unpack(packer, Pack(packer, [(byte)first])));
        }
        byte[] pairs =
        [
            .. from first in Enumerable.Range(0, 256)
            from second in Enumerable.Range(0, 256)
            from value in new[] { first, second }
            select (byte)value,
        ];
        Assert.Equal(pairs, Unpack(packer, Pack(packer, pairs)));
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void A_megabyte_comes_back_and_its_parts_do_not_matter(string tokenizer)
    {
        var packer = Counting(tokenizer);
        var unknown = "Ein Müller, der nie <unk> war 🌾 "u8.ToArray();
        byte[] bytes =
        [
            .. Enumerable.Range(0, 14_000).SelectMany(i => i % 50 == 7 ? unknown : Encoding.UTF8.GetBytes(Known)),
        ];
        bytes = bytes[..(1 << 19)];
        var packed = Pack(packer, bytes);
        Assert.InRange(packed.Length, 100, bytes.Length / 3);
        var (parts, again) = (new Trickle(packed), new MemoryStream());
        var size = packer.Unpack(parts, again, Cancellation);
        Assert.Equal(bytes, again.ToArray());
        Assert.Equal((bytes.Length, packed.Length), (size.TextBytes, size.PackedBytes));
        var (text, packedAgain) = (new Trickle(bytes), new MemoryStream());
        packer.Pack(text, packedAgain, Cancellation);
        Assert.Equal(packed, packedAgain.ToArray());
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Nothing_takes_eighteen_bytes_and_one_character_few_more(string tokenizer)
    {
        var packer = Counting(tokenizer);
        Assert.InRange(Pack(packer, []).Length, 16, 20);
        Assert.Empty(Unpack(packer, Pack(packer, [])));
        Assert.InRange(Pack(packer, "t"u8.ToArray()).Length, 16, 24);
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Its_size_is_what_the_model_is_measured_at(string tokenizer)
    {
        var model = Network(tokenizer);
        var text = string.Concat(Enumerable.Repeat(Known + "Über 麵\n", 400));
        var measured = ModelEvaluator.Measure(model, text, Cancellation);
        var packed = new TextModel(model).Pack(text, Cancellation);
        Assert.Equal(text, new TextModel(model).Unpack(packed, Cancellation));
        Assert.InRange(packed.Length - (measured.Bits / 8), 0, 28 + (0.001 * measured.Bits / 8));
        var (bytes, output) = (new MemoryStream(Encoding.UTF8.GetBytes(text)), new MemoryStream());
        var size = new TextPacker(model).Pack(bytes, output, Cancellation);
        Assert.Equal((measured.Bytes, measured.Characters), (size.TextBytes, size.Characters));
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void A_text_from_which_the_model_learns_comes_back_at_the_size_that_is_measured(string tokenizer)
    {
        var network = Network(tokenizer);
        var counts = NGramModel.Count(network.Codec.Encode(Known), network.Codec.Vocabulary.Count, order: 4);
        foreach (var model in new[] { network.Model, counts, new MixedModel(network.Model, counts) })
        {
            var trained = new TrainedModel(model, network.Codec);
            var text = string.Concat(Enumerable.Repeat(Known + "Über 麵\n", 60));
            var packed = Pack(new TextPacker(trained) { Adapts = true }, Encoding.UTF8.GetBytes(text));
            var measured = ModelEvaluator.MeasureAdaptive(trained, text, Cancellation);
            Assert.InRange(packed.Length - (measured.Bits / 8), -4, 28 + (0.001 * measured.Bits / 8));
            Assert.InRange(packed.Length, 28, Pack(new TextPacker(trained), Encoding.UTF8.GetBytes(text)).Length - 1);
            // The packed text says how it was packed, and any packer of the model unpacks it.
            Assert.Equal(text, Encoding.UTF8.GetString(Unpack(new TextPacker(trained), packed)));
            using var input = new MemoryStream(packed);
            Assert.True(new TextPacker(trained).Unpack(input, Stream.Null, Cancellation).Adapts);
        }
    }

    [Fact]
    public void A_text_from_which_the_model_learns_is_damaged_by_every_bit()
    {
        var network = Network("characters");
        var packer = new TextPacker(network) { Adapts = true };
        var packed = Pack(packer, Encoding.UTF8.GetBytes(Known + "Über 麵"));
        for (var place = 0; place < packed.Length; place++)
        {
            packed[place] ^= 1;
            Assert.Throws<InvalidDataException>(() => Unpack(packer, packed));
            packed[place] ^= 1;
        }
    }

    [Fact]
    public void A_word_of_any_length_takes_no_memory()
    {
        var packer = Counting("words");
        long Allocate(int length)
        {
            using var text = new Repeated(length);
            return Allocated.By(() => packer.Pack(text, Stream.Null, Cancellation));
        }
        Allocate(1000);
        Allocated.AssertSame(() => Allocate(70_000), () => Allocate(1_000_000));
    }

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(float.PositiveInfinity, 0)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    [InlineData(1e38f, -1e38f)]
    [InlineData(-1000, 0)]
    public void Probabilities_of_nearly_nothing_still_pack(float ofOne, float ofOthers)
    {
        var codec = CodecOf("characters");
        for (var token = 0; token < codec.Vocabulary.Count; token += 5)
        {
            var logits = Enumerable.Repeat(ofOthers, codec.Vocabulary.Count).ToArray();
            logits[token] = ofOne;
            var packer = new TextPacker(new Stubborn(logits), codec, new byte[8]);
            var bytes = Encoding.UTF8.GetBytes(Known + "麵" + Known);
            var packed = Pack(packer, bytes);
            Assert.InRange(packed.Length, 16, (31 * bytes.Length / 8) + 30);
            Assert.Equal(bytes, Unpack(packer, packed));
        }
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Every_damage_is_told(string tokenizer)
    {
        var packer = Counting(tokenizer);
        var packed = Pack(packer, Encoding.UTF8.GetBytes(Known + "Über 麵"));
        for (var place = 0; place < packed.Length; place++)
        {
            foreach (var bit in new[] { 1, 0x80 })
            {
                var damaged = packed.ToArray();
                damaged[place] ^= (byte)bit;
                Assert.Throws<InvalidDataException>(() => Unpack(packer, damaged));
            }
            Assert.Throws<InvalidDataException>(() => Unpack(packer, packed[..place]));
        }
        Assert.Throws<InvalidDataException>(() => Unpack(packer, [.. packed, 0]));
    }

    [Fact]
    public void What_comes_of_a_damaged_text_is_right()
    {
        var packer = Counting("characters");
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9000).Select(i => Known + i)));
        var packed = Pack(packer, bytes);
        packed[packed.Length / 2] ^= 1;
        using var text = new MemoryStream();
        Assert.Throws<InvalidDataException>(() => packer.Unpack(new MemoryStream(packed), text, Cancellation));
        Assert.InRange(text.Length, bytes.Length / 4, bytes.Length);
        Assert.Equal(bytes[..(int)text.Length], text.ToArray());
    }

    [Fact]
    public void Other_files_versions_and_models_are_told_apart()
    {
        var (model, other) = (Network("characters", seed: 1), Network("characters", seed: 2));
        var packer = new TextPacker(model);
        var packed = Pack(packer, "the song"u8.ToArray());
        AssertRefused("This is not a packed text; give one that was packed.", "PK zip");
        AssertRefused("This is not a packed text; give one that was packed.", "");
        AssertRefused("The packed text is cut short; get the whole file again.", "RPK\u0001..");
        AssertRefused(
            "The packed text is of version 3 of its format, and 2 is the newest that is known; unpack it with the version of Recurrent that packed it.",
            "RPK\u0003........"
        );
        Assert.Equal(
            $"The text was packed by the model {packer.ModelHash}, and this one is {new TextPacker(other).ModelHash}; unpack it by the one that packed it, which recurrent inspect shows to be of that name.",
            Assert.Throws<InvalidDataException>(() => Unpack(new TextPacker(other), packed)).Message
        );

        void AssertRefused(string message, string bytes) =>
            Assert.Equal(
                message,
                Assert.Throws<InvalidDataException>(() => Unpack(packer, Encoding.Latin1.GetBytes(bytes))).Message
            );
    }

    [Fact]
    public void A_model_that_was_saved_and_loaded_is_the_same()
    {
        var model = Network("words");
        using var file = new MemoryStream();
        model.Save(file);
        file.Position = 0;
        var loaded = new TextModel(TrainedModel.Load(file));
        Assert.Equal(Known, loaded.Unpack(new TextModel(model).Pack(Known, Cancellation), Cancellation));
        var training = new TrainingSummary { Text = "another" };
        var renamed = new TrainedModel(model.Model, model.Codec, training);
        Assert.Equal(new TextPacker(model).ModelHash, new TextPacker(renamed).ModelHash);
    }

    [Fact]
    public void Threads_may_share_a_packer()
    {
        var model = new TextModel(Network("characters"));
        var alone = model.Pack(Known, Cancellation);
        Parallel.For(
            0,
            16,
            _ =>
            {
                Assert.Equal(alone, model.Pack(Known, Cancellation));
                Assert.Equal(Known, model.Unpack(alone, Cancellation));
            }
        );
    }

    [Fact]
    public void A_model_that_drops_something_or_reads_ahead_cannot_pack()
    {
        var codec = new TextCodec(
            new Normalizer(Normalization.Letters),
            Tokenizer.Characters,
            CodecOf("characters").Vocabulary
        );
        var configuration = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = codec.Vocabulary.Count,
            HiddenSize = 4,
        };
        var letters = new TrainedModel(LanguageModel.Create(configuration, RandomStream.Parameters(1)), codec);
        Assert.StartsWith(
            "The model knows letters alone, without their case, so the rest of a text would be lost;",
            Assert.Throws<ArgumentException>(() => new TextModel(letters).Pack("the", Cancellation)).Message
        );
        var ahead = LanguageModel.Create(configuration with { Bidirectional = true }, RandomStream.Parameters(1));
        Assert.Throws<ArgumentException>(() => new TextPacker(new TrainedModel(ahead, CodecOf("characters"))));
        var model = new TextModel(Network("characters"));
        Assert.ThrowsAny<ArgumentException>(() => model.Pack("half a pair \uD800", Cancellation));
        Assert.Throws<OperationCanceledException>(() => model.Pack(Known, new CancellationToken(canceled: true)));
    }

    private static TextCodec CodecOf(string tokenizer)
    {
        var options = new CorpusOptions { Tokenizer = Tokenizer.FromName(tokenizer) };
        return Corpus.FromText(Known, options).Codec;
    }

    /// <summary>A model that learns by counting, which is fast.</summary>
    private static TextPacker Counting(string tokenizer)
    {
        var codec = CodecOf(tokenizer);
        return new(
            NGramModel.Count(codec.Encode(Known), codec.Vocabulary.Count, order: 3).CreateDecoder(),
            codec,
            new byte[8]
        );
    }

    private static TrainedModel Network(string tokenizer, int seed = 1)
    {
        var codec = CodecOf(tokenizer);
        var configuration = new ModelConfiguration
        {
            Kind = "lstm",
            VocabularySize = codec.Vocabulary.Count,
            HiddenSize = 12,
            EmbeddingSize = 8,
        };
        return new(LanguageModel.Create(configuration, RandomStream.Parameters(seed)), codec);
    }

    private static byte[] Pack(TextPacker packer, byte[] bytes)
    {
        using var packed = new MemoryStream();
        packer.Pack(new MemoryStream(bytes), packed, Cancellation);
        return packed.ToArray();
    }

    private static byte[] Unpack(TextPacker packer, byte[] packed)
    {
        using var text = new MemoryStream();
        packer.Unpack(new MemoryStream(packed), text, Cancellation);
        return text.ToArray();
    }

    /// <summary>Gives one to three bytes at a time, as a slow pipe does.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) =>
            base.Read(buffer[..Math.Min(buffer.Length, 1 + (int)(Position % 3))]);
    }

    /// <summary>A word of one letter that the vocabulary lacks, again and again.</summary>
    private sealed class Repeated(int length) : MemoryStream
    {
        private int _left = length;

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, _left);
            buffer[..count].Fill((byte)'x');
            _left -= count;
            return count;
        }
    }

    /// <summary>Expects the same whatever came.</summary>
    private sealed class Stubborn(float[] logits) : Recurrent.Models.Decoder(logits.Length)
    {
        internal override DecoderState CreateState(int capacity) => new Rows(this, logits);

        private sealed class Rows(Recurrent.Models.Decoder decoder, float[] logits)
            : DecoderState(decoder, capacity: 1, new DecoderRow())
        {
            protected override ReadOnlySpan<float> LogitRows => logits;

            protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs) { }

            public override void ReadPart(int part, int row, Span<float> values) { }

            public override void WritePart(int part, int row, ReadOnlySpan<float> values) { }
        }
    }
}
