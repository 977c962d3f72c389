using FsCheck.Fluent;
using Recurrent.Decoding;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

/// <summary>The state of a text as a file.</summary>
public sealed class StateFileTests
{
    private static readonly (Decoder Decoder, TextCodec Codec) s_model = Model(hidden: 7);

    private static readonly SamplingOptions s_sampling = new()
    {
        Temperature = 1.0 / 3,
        TopK = 5,
        TopP = 0.7,
        MinP = 0.05,
        RepetitionPenalty = 1.1,
        PresencePenalty = -0.5,
        FrequencyPenalty = 0.1,
        LogitBias = new Dictionary<int, double> { [2] = -1.5, [4] = 100 },
        StopStrings = ["e\u0001", "\"\n漢"],
        Seed = long.MinValue,
    };

    [Fact]
    public void A_state_comes_back_as_it_was()
    {
        var batch = new StreamBatch(s_model.Decoder, s_model.Codec, 1);
        var options = new StreamOptions
        {
            Length = 300,
            Sampling = s_sampling,
            Sample = 3,
        };
        var stream = batch.Admit(s_model.Codec.EncodePrompt("the "), options);
        var cuts = 0;
        while (stream.End is null)
        {
            batch.Step();
            var saved = batch.Save(stream);
            if (saved.Ahead.Length > 0)
            {
                Assert.Throws<InvalidOperationException>(() => Bytes(new(saved, s_sampling, 3)));
                continue;
            }
            var bytes = Bytes(new(saved, s_sampling, 3));
            var back = Read(bytes);
            Assert.Equal(bytes, Bytes(back));
            Assert.Equal((saved.Position, 3, s_sampling.Seed), (back.State.Position, back.Sample, back.Sampling.Seed));
            Assert.Equal((saved.Held, s_sampling.Temperature), (back.State.Held, back.Sampling.Temperature));
            Assert.Equal(
                s_sampling.LogitBias.OrderBy(bias => bias.Key),
                back.Sampling.LogitBias.OrderBy(bias => bias.Key)
            );
            Assert.Equal(s_sampling.StopStrings, back.Sampling.StopStrings);
            Assert.Equal(saved.Sampler.Counts, back.State.Sampler.Counts);
            cuts++;
        }
        Assert.True(cuts > 200);
    }

    [Fact]
    public void Whatever_is_damaged_the_error_is_one_about_the_file()
    {
        var batch = new StreamBatch(s_model.Decoder, s_model.Codec, 1);
        var whole = Bytes(new(batch.Save(batch.Admit(new(default), new() { Length = 5 })), s_sampling, 0));
        Laws.Hold(
            Gen.ArrayOf(Gen.Choose(0, (256 * whole.Length) - 1), 3),
            changes =>
            {
                var damaged = whole.ToArray();
                foreach (var change in changes)
                {
                    damaged[change / 256] = (byte)change;
                }
                try
                {
                    Read(damaged[..(damaged.Length - (changes[0] % 3))]);
                }
                catch (FormatError error)
                {
                    Assert.NotEmpty(error.Message);
                }
            }
        );
    }

    [Fact]
    public void A_state_of_another_model_or_another_file_is_refused()
    {
        var batch = new StreamBatch(s_model.Decoder, s_model.Codec, 1);
        var bytes = Bytes(new(batch.Save(batch.Admit(new(default), new() { Length = 5 })), s_sampling, 0));
        var (decoder, codec) = Model(hidden: 8);
        using var stream = new MemoryStream(bytes);
        var file = StateFile.Open(stream);
        Assert.Equal("print", file.Model);
        Assert.Equal(
            "it has no h_l0 of 8 values, as the model has: h_l0 (8), c_l0 (8); send the bytes of a state as they were",
            Assert.Throws<FormatError>(() => file.Read(decoder, codec)).Message
        );
        using var text = new MemoryStream("the miller sang a song"u8.ToArray());
        Assert.Throws<FormatError>(() => StateFile.Open(text));
        using var model = File.OpenRead(Repository.PathOf("tests/Recurrent.Cli.Tests/Fixtures/gru.safetensors"));
        Assert.StartsWith("it is a model file;", Assert.Throws<FormatError>(() => StateFile.Open(model)).Message);
    }

    private static byte[] Bytes(TextState text)
    {
        using var stream = new MemoryStream();
        StateFile.Write(stream, "print", text);
        return stream.ToArray();
    }

    private static TextState Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return StateFile.Open(stream).Read(s_model.Decoder, s_model.Codec);
    }

    private static (Decoder Decoder, TextCodec Codec) Model(int hidden)
    {
        var corpus = Corpus.FromText("the tide was out\nand the miller sang", new CorpusOptions());
        var configuration = new ModelConfiguration
        {
            Kind = "lstm",
            VocabularySize = corpus.Vocabulary.Count,
            HiddenSize = hidden,
        };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(3));
        return (model.CreateDecoder(), corpus.Codec);
    }
}
