using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Formats;

/// <summary>The smallest trained model with something of everything, made without chance.</summary>
internal static class TinyModel
{
    public const int HiddenSize = 2;

    /// <summary>Of the vocabulary &lt;unk&gt;, a, b; the value i of each parameter is (i − 3) / 8.</summary>
    public static TrainedModel Create() =>
        Create(
            new TextCodec(
                new Normalizer(Normalization.Letters),
                Tokenizer.Characters,
                Vocabulary.Build(Tokenizer.Characters.Tokenize("abaab"))
            )
        );

    public static TrainedModel Create(TextCodec codec, TrainingSummary? training = null) =>
        new(Model(codec.Vocabulary.Count), codec, training ?? Summary);

    public static RnnFromScratch Model(
        int vocabularySize,
        Func<int, float>? value = null,
        Func<int, int, ModelState>? initialState = null,
        Func<Tensor, ModelState, IReadOnlyList<Tensor>, (Tensor Y, ModelState State)>? step = null
    )
    {
        value ??= i => (i - 3) / 8f;
        Tensor Values(params int[] shape) =>
            Tensor.From(Enumerable.Range(0, shape.Aggregate(1, (x, y) => x * y)).Select(value).ToArray(), shape);

        return new RnnFromScratch(
            new ModelConfiguration { VocabularySize = vocabularySize, HiddenSize = HiddenSize },
            random: default,
            (v, h, _) =>
                [
                    new("W_xh", Values(v, h)),
                    new("W_hh", Values(h, h)),
                    new("b_h", Values(h)),
                    new("W_hq", Values(h, v)),
                    new("b_q", Values(v)),
                ],
            initialState,
            step
        );
    }

    public static TrainingSummary Summary =>
        new()
        {
            Epochs = 3,
            Tokens = 12,
            Perplexity = 1.5,
            Text = "ab.txt",
            CorpusHash = "sha256:8a8d",
            Settings = [new("seed", "1"), new("sampler", "sequential")],
        };

    public static byte[] Save(TrainedModel trained)
    {
        using var stream = new MemoryStream();
        trained.Save(stream);
        return stream.ToArray();
    }

    public static TrainedModel Load(byte[] file)
    {
        using var stream = new MemoryStream(file, writable: false);
        return TrainedModel.Load(stream);
    }
}
