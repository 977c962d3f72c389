using System.Text.Json;
using Recurrent.Cli.Hosting;
using Recurrent.Evaluation;
using Recurrent.Ranges;
using Recurrent.Reports;

namespace Recurrent.Cli.Output;

/// <summary>The figures of a model and of the baselines on a text, printed.</summary>
/// <param name="output">The writer to print to.</param>
/// <param name="modelPath">The model file.</param>
/// <param name="textName">The name of the text.</param>
/// <param name="text">The text that was measured.</param>
/// <param name="part">The role of the text in the model's training run.</param>
internal sealed class EvaluationOutput(
    TextWriter output,
    string modelPath,
    string textName,
    MeasuredText text,
    MeasuredPart part
)
{
    private string Part
    {
        get
        {
            var tokens = Sentences.Amount(text.Tokens.Length, "tokens");
            return part switch
            {
                MeasuredPart.Whole => $"all {tokens}",
                MeasuredPart.HeldOut => $"the {tokens} that its training run held out",
                MeasuredPart.TrainedOn => $"the last {tokens}, which it was trained on",
                _ => $"the last {tokens}",
            };
        }
    }

    /// <summary>Prints a table, and whether the model is better than the best n-gram.</summary>
    /// <param name="all">The model and the baselines.</param>
    /// <param name="adaptive">The model that learns as it reads; null where nobody asked.</param>
    public void WriteTable(IReadOnlyList<Measurement> all, Measurement? adaptive)
    {
        output.WriteLine(
            PrintableText.OneLine(
                $"{modelPath} on {textName}, {Part}: {Sentences.Amount(text.Characters, "characters")}, "
                    + $"{Sentences.Amount(text.Content.Length, "bytes")}, {text.Unknown:#,0} unknown"
            )
        );
        output.WriteLine($"{"", -8}  {"perplexity", 10}  {"bits/character", 14}  {"bits/byte", 9}");
        foreach (var one in adaptive is null ? all : [all[0], adaptive, .. all.Skip(1)])
        {
            var perplexity = Figures.Perplexity(one.Perplexity);
            output.WriteLine(
                $"{one.Name, -8}  {perplexity, 10}  {one.BitsPerCharacter, 14:0.0000}  {one.BitsPerByte, 9:0.0000}"
            );
        }
        output.WriteLine(
            all[0] is { Margin: { } margin, PerplexityInterval: { } interval } model
                ? $"95% confidence: {model.BitsPerCharacter - margin:0.0000} to "
                    + $"{model.BitsPerCharacter + margin:0.0000} bits per character, perplexity "
                    + $"{Figures.Perplexity(interval.Low)} to {Figures.Perplexity(interval.High)} "
                    + $"({Measurement.IntervalBlocks} blocks of the text)"
                : $"too short for a confidence interval, which needs {Measurement.MinTokensForInterval:#,0} tokens"
        );
        if (AgainstBestNGram(all) is { Margin: not null } comparison)
        {
            output.WriteLine(ComparisonText.Sentence(comparison, "the model", $"the {comparison.Second.Name}"));
        }
        if (adaptive is not null)
        {
            output.WriteLine(
                "adaptive: a copy of the model that learns from each token once it has predicted it; compare it with "
                    + "compressors alone"
            );
        }
    }

    /// <summary>Says why n-grams are missing from the table.</summary>
    public void WriteWithoutNGrams() =>
        output.WriteLine("n-grams are left out: they learn from the training text, which --training can name");

    /// <summary>The model beside the best of the n-grams; null where there are none.</summary>
    private static Comparison? AgainstBestNGram(IReadOnlyList<Measurement> all) =>
        all.Skip(1).Where(one => one.Name.EndsWith("-gram", StringComparison.Ordinal)).MinBy(one => one.Bits)
            is { } best
            ? new(all[0], best)
            : null;

    /// <summary>Prints one JSON object.</summary>
    /// <param name="all">The model and the baselines.</param>
    /// <param name="adaptive">The model that learns as it reads; null where nobody asked.</param>
    public void WriteJson(IReadOnlyList<Measurement> all, Measurement? adaptive) =>
        JsonLine.Write(
            output,
            new EvaluationJson(
                modelPath,
                textName,
                JsonNamingPolicy.CamelCase.ConvertName($"{part}"),
                text.Tokens.Length,
                text.Characters,
                text.Content.Length,
                text.Unknown,
                JsonLine.Finite(all[0].Perplexity),
                all[0].BitsPerCharacter,
                all[0].BitsPerByte,
                all[0] is { Margin: { } margin, PerplexityInterval: { } interval }
                    ? new(
                        [all[0].BitsPerCharacter - margin, all[0].BitsPerCharacter + margin],
                        [interval.Low, interval.High]
                    )
                    : null,
                adaptive is null ? null : FiguresOf(adaptive),
                [.. all.Skip(1).Select(FiguresOf)],
                AgainstBestNGram(all) is { } comparison
                    ? new(comparison.Second.Name, DifferenceJson.Of(comparison))
                    : null
            )
        );

    private static BaselineJson FiguresOf(Measurement one) =>
        new(one.Name, JsonLine.Finite(one.Perplexity), one.BitsPerCharacter, one.BitsPerByte);
}

/// <summary>The figures of a model on a text.</summary>
internal sealed record EvaluationJson(
    string Model,
    string Text,
    string Part,
    int Tokens,
    int Characters,
    int Bytes,
    int Unknown,
    double? Perplexity,
    double BitsPerCharacter,
    double BitsPerByte,
    ConfidenceJson? Confidence95,
    BaselineJson? Adaptive,
    IReadOnlyList<BaselineJson> Baselines,
    BestNGramJson? BestNGram
);

/// <summary>Intervals, from low to high.</summary>
internal sealed record ConfidenceJson(IReadOnlyList<double> BitsPerCharacter, IReadOnlyList<double> Perplexity);

/// <summary>The figures of a baseline, or of the model that learns as it reads, on the same text.</summary>
internal sealed record BaselineJson(string Name, double? Perplexity, double BitsPerCharacter, double BitsPerByte);

/// <summary>The model beside the best of the n-grams.</summary>
internal sealed record BestNGramJson(string Name, DifferenceJson Difference);
