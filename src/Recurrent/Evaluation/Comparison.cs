namespace Recurrent.Evaluation;

/// <summary>
/// The difference of two measurements of one text. Both are of the same blocks of it, and what makes a block hard makes
/// it so for both, so the confidence interval comes from the difference in each block.
/// </summary>
/// <example>
/// <code>
/// var old = TrainedModel.Load("old.safetensors");
/// var comparison = ModelEvaluator.Compare(trained, old, File.ReadAllText("test.txt"));
/// Console.WriteLine(
///     comparison.IsDecided
///         ? $"{comparison.Difference:F3} ± {comparison.Margin:F3} bits per character"
///         : "the text does not decide"
/// );
/// </code>
/// </example>
public sealed class Comparison
{
    /// <summary>Compares two measurements.</summary>
    /// <param name="first">A measurement.</param>
    /// <param name="second">One of the same text.</param>
    internal Comparison(Measurement first, Measurement second)
    {
        (First, Second) = (first, second);
        if (first.Blocks is { } one && second.Blocks is { } other)
        {
            // The blocks have bits per byte; both are of the same bytes.
            Margin = BlockInterval.HalfWidthOf([.. one.Zip(other, (a, b) => a - b)]) * first.Bytes / first.Characters;
        }
    }

    /// <summary>The first measurement.</summary>
    public Measurement First { get; }

    /// <summary>The second measurement.</summary>
    public Measurement Second { get; }

    /// <summary>
    /// Bits per character that the first takes more than the second; below 0 where the first is better.
    /// </summary>
    public double Difference => First.BitsPerCharacter - Second.BitsPerCharacter;

    /// <summary>
    /// Half the width of the 95% confidence interval of <see cref="Difference"/>; null if the text has fewer than
    /// <see cref="Measurement.MinTokensForInterval"/> bytes.
    /// </summary>
    public double? Margin { get; }

    /// <summary>
    /// Nats per token that the first takes more than the second, those that spell out unknown tokens included; null
    /// where the two read different tokens.
    /// </summary>
    public double? NatsPerToken =>
        First.Tokens == Second.Tokens ? Surprisal.Nats((First.Bits - Second.Bits) / First.Tokens) : null;

    /// <summary>Whether the interval of the difference excludes 0, so that the text says which is better.</summary>
    public bool IsDecided => Margin is { } margin && Math.Abs(Difference) > margin;
}
