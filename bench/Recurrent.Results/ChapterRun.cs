using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Results;

/// <summary>One run of the chapter: 500 epochs on the first 10,000 characters, with its way there.</summary>
internal sealed record ChapterRun(
    SamplerKind Sampler,
    long Seed,
    double Untrained,
    double Final,
    IReadOnlyList<int?> FirstBelow,
    string Text
)
{
    /// <summary>Perplexities whose first epochs are reported.</summary>
    public static IReadOnlyList<double> Thresholds { get; } = [5, 2, 1.5];

    public static ChapterRun Train(
        Corpus corpus,
        ModelConfiguration configuration,
        SamplerKind sampler,
        long seed,
        int epochs,
        double learningRate
    )
    {
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(seed), Device.Cpu(threads: 1));
        var untrained = Perplexity(model, corpus);
        var options = new TrainerOptions
        {
            Epochs = epochs,
            Sampler = sampler,
            Seed = seed,
            LearningRate = learningRate,
        };
        var perplexities = new Trainer(model, corpus.Tokens, options)
            .Run()
            .Select(report => report.Perplexity)
            .ToList();
        return new ChapterRun(
            sampler,
            seed,
            untrained,
            perplexities[^1],
            [.. Thresholds.Select(bound => FirstEpochBelow(perplexities, bound))],
            new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy).Generate("traveller", 50)
        );
    }

    private static int? FirstEpochBelow(List<double> perplexities, double bound)
    {
        var index = perplexities.FindIndex(perplexity => perplexity < bound);
        return index < 0 ? null : index + 1;
    }

    /// <summary>Perplexity of the model on a thousand characters in one row.</summary>
    private static double Perplexity(ILanguageModel model, Corpus corpus)
    {
        using var noGradient = GradientMode.Disable();
        var tokens = Indices.From(model.Device, corpus.Tokens.Span[..1000], rows: 1000, columns: 1);
        var (logits, _) = model.Forward(tokens, model.InitialState(1));
        var loss = Tensor.SoftmaxCrossEntropy(logits, corpus.Tokens.Span[1..1001]);
        return Math.Exp(loss.ToScalar());
    }
}
