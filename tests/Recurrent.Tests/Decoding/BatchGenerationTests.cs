using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

/// <summary>A text generated in a batch is the one generated alone.</summary>
public sealed class BatchGenerationTests
{
    private static readonly string[] s_prefixes =
    [
        "the tide",
        "",
        "a",
        "the miller counted her sacks and ",
        "out",
        "tide was out",
    ];

    private static readonly Corpus s_corpus = Corpus.FromText(
        "the tide was out and the miller counted her sacks and sang a song of rye"
    );

    [Theory]
    [InlineData("rnn-scratch", 1, false)]
    [InlineData("rnn", 1, false)]
    [InlineData("gru", 1, false)]
    [InlineData("gru-reset-before", 2, false)]
    [InlineData("lstm", 2, false)]
    [InlineData("lstm", 1, true)]
    public void Is_the_same_text_as_alone_for_any_threads(string kind, int layers, bool bidirectional)
    {
        var generator = new TextGenerator(Model(kind, layers, bidirectional), s_corpus.Codec, SamplingOptions.Greedy);
        string[] alone = [.. s_prefixes.Select(prefix => generator.Generate(prefix, 40))];
        Assert.True(alone.Distinct().Count() > 1);
        foreach (var threads in (int[])[1, 2, 3, 5])
        {
            generator = new TextGenerator(
                Model(kind, layers, bidirectional, new CpuDevice(threads)),
                s_corpus.Codec,
                SamplingOptions.Greedy
            );
            Assert.Equal(alone, GenerateAll(generator, s_prefixes, 40));
            Assert.Equal(alone[..1], GenerateAll(generator, s_prefixes[..1], 40));
        }
    }

    [Fact]
    public void Words_and_bytes_are_joined_as_alone()
    {
        foreach (var tokenizer in (Tokenizer[])[Tokenizer.Words, Tokenizer.Bytes])
        {
            var corpus = Corpus.FromText(
                "one one one two two three, née",
                new CorpusOptions { Tokenizer = tokenizer, Normalization = Normalization.None }
            );
            var generator = new TextGenerator(
                new CountingModel(corpus.Vocabulary.Count),
                corpus.Codec,
                SamplingOptions.Greedy
            );
            string[] prefixes = ["one", "one two ", "", "three, n"];
            Assert.Equal(prefixes.Select(prefix => generator.Generate(prefix, 6)), GenerateAll(generator, prefixes, 6));
        }
    }

    [Fact]
    public void More_prefixes_than_are_read_side_by_side_give_their_texts()
    {
        var generator = new TextGenerator(
            new CountingModel(s_corpus.Vocabulary.Count),
            s_corpus.Codec,
            SamplingOptions.Greedy
        );
        string[] prefixes = [.. Enumerable.Range(0, 300).Select(i => new string('a', i % 40) + "tide"[(i % 4)..])];
        Assert.Equal(prefixes.Select(prefix => generator.Generate(prefix, 7)), GenerateAll(generator, prefixes, 7));
    }

    [Fact]
    public void No_prefixes_and_no_length_give_no_text()
    {
        var generator = new TextGenerator(
            new CountingModel(s_corpus.Vocabulary.Count),
            s_corpus.Codec,
            SamplingOptions.Greedy
        );
        Assert.Empty(GenerateAll(generator, [], 5));
        Assert.Equal(["", ""], GenerateAll(generator, ["a", "out"], 0));
    }

    [Fact]
    public void Refuses_a_negative_length_and_stops_when_cancelled()
    {
        var generator = new TextGenerator(
            new CountingModel(s_corpus.Vocabulary.Count),
            s_corpus.Codec,
            SamplingOptions.Greedy
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => GenerateAll(generator, ["a"], -1));
        Assert.Throws<OperationCanceledException>(() =>
            generator.GenerateAll(["a"], 5, new CancellationToken(canceled: true))
        );
    }

    private static IReadOnlyList<string> GenerateAll(TextGenerator generator, string[] prefixes, int length) =>
        generator.GenerateAll(prefixes, length, TestContext.Current.CancellationToken);

    // Weights far from zero, so that an untrained model says more than one letter.
    private static ILanguageModel Model(string kind, int layers, bool bidirectional, Device? device = null)
    {
        var model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = s_corpus.Vocabulary.Count,
                HiddenSize = 33,
                Layers = layers,
                Bidirectional = bidirectional,
            },
            RandomStream.Parameters(3),
            device
        );
        foreach (var (_, value) in model.Parameters)
        {
            value.ChangeEach(weight => weight * (kind == RnnFromScratch.Kind ? 60 : 6));
        }
        return model;
    }
}
