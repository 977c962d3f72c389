using Recurrent.Adaptation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>Measurement of how well a model predicts a text.</summary>
public static class ModelEvaluator
{
    private const int MostSteps = 64; // tokens that are read at once
    private const int MostLogits = 1 << 20; // of them, with a large vocabulary

    /// <summary>
    /// Reads a text from its beginning to its end with the state carried all the way, and adds up the bits of each
    /// token under the probabilities that the model gave before it. Before the first token, the model has read nothing.
    /// A token that its vocabulary lacks takes the bits that spell it out, too.
    /// </summary>
    /// <param name="model">A model that reads left to right.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops the measurement between two tokens.</param>
    /// <exception cref="ArgumentException">The text is empty, or the model reads from both ends.</exception>
    /// <exception cref="OperationCanceledException">The measurement was stopped.</exception>
    /// <example>
    /// <code>
    /// var measured = ModelEvaluator.Measure(trained, File.ReadAllText("test.txt"));
    /// Console.WriteLine($"{measured.BitsPerCharacter:F2} bits per character, perplexity {measured.Perplexity:F2}");
    /// </code>
    /// </example>
    public static Measurement Measure(TrainedModel model, string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Measure(model, MeasuredText.FromText(text, model.Codec), cancellationToken);
    }

    /// <summary>
    /// As <see cref="Measure(TrainedModel, string, CancellationToken)"/>, of a copy of the model that learns from each
    /// token once it has predicted it (<see cref="AdaptiveReader"/>). These bits compare with those of compressors,
    /// which learn as they go, and not with those of models that stay as they are.
    /// </summary>
    /// <param name="model">A model that reads left to right, of one of Recurrent's kinds; it stays as it is.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops the measurement between two tokens.</param>
    /// <exception cref="ArgumentException">
    /// The text is empty, or the model reads from both ends or cannot be copied.
    /// </exception>
    /// <exception cref="OperationCanceledException">The measurement was stopped.</exception>
    /// <example>
    /// <code>
    /// var packed = ModelEvaluator.MeasureAdaptive(trained, File.ReadAllText("test.txt"));
    /// Console.WriteLine($"{packed.BitsPerCharacter:F2} bits per character");
    /// </code>
    /// </example>
    public static Measurement MeasureAdaptive(
        TrainedModel model,
        string text,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        return MeasureAdaptive(model, MeasuredText.FromText(text, model.Codec), cancellationToken);
    }

    /// <summary>
    /// Measures what a model should beat, on the text that it is measured on: a uniform distribution; unigrams and
    /// modified Kneser–Ney n-grams up to 8, learned from another text; gzip and brotli.
    /// </summary>
    /// <param name="codec">The model's codec.</param>
    /// <param name="training">
    /// The text to learn from, of which the last 2,000,000 tokens are used; where it is empty, what learns is left out.
    /// </param>
    /// <param name="text">The text to measure, which continues that text.</param>
    /// <param name="cancellationToken">Stops the measurement between two tokens.</param>
    /// <returns>The measurements, from the one that knows least, each made when it is asked for.</returns>
    /// <exception cref="OperationCanceledException">The measurement was stopped.</exception>
    /// <example>
    /// <code>
    /// var (known, unseen) = (File.ReadAllText("my.txt"), File.ReadAllText("test.txt"));
    /// foreach (var baseline in ModelEvaluator.MeasureBaselines(trained.Codec, known, unseen))
    /// {
    ///     Console.WriteLine($"{baseline.Name} {baseline.BitsPerCharacter:F2}");
    /// }
    /// </code>
    /// </example>
    public static IEnumerable<Measurement> MeasureBaselines(
        TextCodec codec,
        string training,
        string text,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(codec);
        return Baselines.Measure(
            MeasuredText.FromText(training, codec),
            MeasuredText.FromText(text, codec),
            codec.Vocabulary.Count,
            cancellationToken
        );
    }

    /// <summary>
    /// Measures two models on one text, for the confidence interval of their difference. They may read different
    /// tokens, as long as those spell the same characters.
    /// </summary>
    /// <param name="first">A model that reads left to right.</param>
    /// <param name="second">Another.</param>
    /// <param name="text">The text, which neither was trained on if the comparison is to be fair.</param>
    /// <param name="cancellationToken">Stops the measurement between two tokens.</param>
    /// <exception cref="ArgumentException">
    /// The text is empty, a model reads from both ends, or the two do not read the same characters of the text.
    /// </exception>
    /// <exception cref="OperationCanceledException">The measurement was stopped.</exception>
    /// <example>
    /// <code>
    /// var (old, better) = (TrainedModel.Load("old.safetensors"), TrainedModel.Load("my.safetensors"));
    /// var comparison = ModelEvaluator.Compare(better, old, File.ReadAllText("test.txt"));
    /// Console.WriteLine($"{comparison.Difference:F3} ± {comparison.Margin:F3} bits per character");
    /// </code>
    /// </example>
    public static Comparison Compare(
        TrainedModel first,
        TrainedModel second,
        string text,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var read = MeasuredText.FromText(text, first.Codec);
        var other = read.In(second.Codec);
        return new(Measure(first, read, cancellationToken), Measure(second, other, cancellationToken));
    }

    /// <summary>Measures a text, or a part of one, that is encoded by the model's codec.</summary>
    /// <exception cref="ArgumentException">The text is empty, or the model reads from both ends.</exception>
    internal static Measurement Measure(
        TrainedModel model,
        MeasuredText text,
        CancellationToken cancellationToken = default
    )
    {
        RequireReadsForward(model);
        return Measured("model", BitsOf(LanguageModel.CopyOf(model.Model), Read(model, text), cancellationToken), text);
    }

    /// <summary>
    /// As <see cref="Measure(TrainedModel, MeasuredText, CancellationToken)"/>, of a copy that learns.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The text is empty, or the model reads from both ends or cannot be copied.
    /// </exception>
    internal static Measurement MeasureAdaptive(
        TrainedModel model,
        MeasuredText text,
        CancellationToken cancellationToken = default
    )
    {
        var reader = AdaptiveReader.Of(model.Model);
        var tokens = Read(model, text);
        var bits = new double[tokens.Length - 1];
        for (var i = 0; i < bits.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bits[i] = Surprisal.OfToken(reader.Read(tokens[i]), tokens[i + 1]);
        }
        return Measured("adaptive", bits, text);
    }

    /// <summary>The tokens of a text, after the one that it follows.</summary>
    private static int[] Read(TrainedModel model, MeasuredText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0
            ? [model.Codec.Vocabulary[Vocabulary.BeginningToken], .. text.Tokens.Span]
            : throw new ArgumentException("The text has no token to predict; give a longer one.", nameof(text));
    }

    private static Measurement Measured(string name, double[] bits, MeasuredText text)
    {
        double[] all = [.. bits.Zip(text.Spelling, (token, spelled) => token + spelled)];
        return new(name, all.Sum(), bits.Length, text.Characters, text.Content.Length)
        {
            TokenBits = bits.Sum(),
            Blocks = BlockInterval.MeansOf(all, text.Positions, text.Content.Length),
            Margin = BlockInterval.HalfWidth(all) * bits.Length / text.Characters,
            TokenMargin = BlockInterval.HalfWidth(bits),
        };
    }

    /// <summary>The bits of each token but the first (tokens − 1).</summary>
    private static double[] BitsOf(ILanguageModel model, int[] tokens, CancellationToken cancellationToken)
    {
        var vocabulary = model.Configuration.VocabularySize;
        var steps = Math.Clamp(MostLogits / vocabulary, 1, MostSteps);
        using var pool = new TensorPool(model.Device, recyclesTensors: !model.KeepsTensors);
        var bits = new double[tokens.Length - 1];
        var (read, done) = (new float[steps * vocabulary], 0);
        new StripReader(tokens, maxRows: 1, steps, pool).Read(
            model,
            (logits, following) =>
            {
                logits.CopyTo(read);
                for (var i = 0; i < following.Count; i++, done++)
                {
                    bits[done] = Surprisal.OfToken(read.AsSpan(i * vocabulary, vocabulary), tokens[done + 1]);
                }
            },
            cancellationToken
        );
        return bits;
    }

    /// <exception cref="ArgumentException">The model reads from both ends.</exception>
    internal static ILanguageModel RequireReadsForward(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Model.Configuration.Bidirectional)
        {
            throw new ArgumentException(
                "A bidirectional model has seen the tokens it is to predict, so its bits say nothing; "
                    + "use a model that reads left to right.",
                nameof(model)
            );
        }
        return model.Model;
    }
}
