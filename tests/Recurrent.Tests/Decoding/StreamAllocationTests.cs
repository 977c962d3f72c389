using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

public sealed class StreamAllocationTests
{
    [Theory]
    [InlineData("rnn", 1, 0)]
    [InlineData("gru", 1, 0)]
    [InlineData("gru-reset-before", 1, 0)]
    [InlineData("lstm", 2, 5)]
    [InlineData("gru", 1, 0, true)]
    public void Longer_texts_allocate_no_more(string kind, int layers, int embedding, bool hasCounts = false)
    {
        var corpus = Corpus.FromText("the tide was out and the miller counted her sacks");
        var model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = corpus.Vocabulary.Count,
                HiddenSize = 20,
                Layers = layers,
                EmbeddingSize = embedding,
            },
            RandomStream.Parameters(1),
            new CpuDevice(threads: 1)
        );
        if (hasCounts)
        {
            model = new MixedModel(model, NGramModel.Count(corpus.Tokens.Span, corpus.Vocabulary.Count));
        }
        var generator = new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy);
        Read(generator, 20);
        Allocated.AssertSame(
            () => Allocated.By(() => Read(generator, 20)),
            () => Allocated.By(() => Read(generator, 420))
        );
    }

    private static void Read(TextGenerator generator, int length)
    {
        var characters = 0;
        foreach (var piece in generator.Stream("the ", length, TestContext.Current.CancellationToken))
        {
            characters += piece.Length;
        }
        Assert.True(characters >= length);
    }
}
