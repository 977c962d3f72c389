using Recurrent.Evaluation;

namespace Recurrent.Cli.Output;

/// <summary>The difference of two measurements of one text, in words and as JSON.</summary>
internal static class ComparisonText
{
    /// <summary>Says which is better, or that the text does not decide.</summary>
    /// <param name="comparison">The two.</param>
    /// <param name="first">What the first is called.</param>
    /// <param name="second">What the second is called.</param>
    public static string Sentence(Comparison comparison, string first, string second)
    {
        var (difference, nats) = (comparison.Difference, comparison.NatsPerToken);
        if (comparison.Margin is not { } margin)
        {
            return $"too short for a confidence interval, which needs {Measurement.MinTokensForInterval:#,0} bytes";
        }
        if (!comparison.IsDecided)
        {
            return $"the text does not decide between {first} and {second}: the first takes "
                + $"{difference:0.0000} bits per character more (95% confidence: {difference - margin:0.0000} to "
                + $"{difference + margin:0.0000})";
        }
        var (better, worse) = difference < 0 ? (first, second) : (second, first);
        var size = Math.Abs(difference);
        return $"{better} is better than {worse} by {size:0.0000} bits per character"
            + (nats is null ? "" : $", {Math.Abs(nats.Value):0.0000} nats per token")
            + $" (95% confidence: {size - margin:0.0000} to {size + margin:0.0000} bits per character)";
    }
}

/// <summary>How much more the first of two takes than the second, and the interval of that from low to high.</summary>
internal sealed record DifferenceJson(
    double BitsPerCharacter,
    double? NatsPerToken,
    IReadOnlyList<double>? Confidence95,
    bool IsDecided
)
{
    /// <summary>Of a comparison.</summary>
    public static DifferenceJson Of(Comparison comparison) =>
        new(
            comparison.Difference,
            comparison.NatsPerToken,
            comparison.Margin is { } margin ? [comparison.Difference - margin, comparison.Difference + margin] : null,
            comparison.IsDecided
        );
}

/// <summary>Two models on one text.</summary>
internal sealed record ComparisonJson(
    string Text,
    string Part,
    long Characters,
    long Bytes,
    ComparedJson First,
    ComparedJson Second,
    DifferenceJson Difference
);

/// <summary>The figures of one of two models.</summary>
internal sealed record ComparedJson(
    string Model,
    long Tokens,
    int Unknown,
    double? Perplexity,
    double BitsPerCharacter,
    double BitsPerByte
);
