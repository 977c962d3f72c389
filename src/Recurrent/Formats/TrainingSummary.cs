using Recurrent.Models;

namespace Recurrent.Formats;

/// <summary>
/// A summary of a model's training, as its file keeps it: only what is the same on every machine, for every number of
/// threads, on every day.
/// </summary>
public sealed record TrainingSummary
{
    /// <summary>Whole epochs trained, 0 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Epochs
    {
        get;
        init => field = (int)CheckNotNegative(nameof(Epochs), value);
    }

    /// <summary>Tokens trained on, over all epochs, 0 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long Tokens
    {
        get;
        init => field = CheckNotNegative(nameof(Tokens), value);
    }

    /// <summary>
    /// Perplexity on the training text over the last whole epoch, above 0, and infinite where it is beyond a double;
    /// null before the end of an epoch.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is 0, negative or not a number.</exception>
    public double? Perplexity
    {
        get;
        init => field = CheckPerplexity(nameof(Perplexity), value);
    }

    /// <summary>
    /// Perplexity on the validation text, which the model was not trained on, above 0, and infinite where it is
    /// beyond a double; null without one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is 0, negative or not a number.</exception>
    public double? ValidationPerplexity
    {
        get;
        init => field = CheckPerplexity(nameof(ValidationPerplexity), value);
    }

    /// <summary>The name of the text: a dataset, or a file name without its folder.</summary>
    public string? Text { get; init; }

    /// <summary>Hash of the text's bytes, "sha256:" and hexadecimal digits.</summary>
    public string? CorpusHash { get; init; }

    /// <summary>
    /// The settings of the training run by name, such as seed, batch or learning-rate, in the order given; none by
    /// default.
    /// </summary>
    /// <exception cref="ArgumentException">A name is there twice, or a name or a value is null.</exception>
    public IReadOnlyList<KeyValuePair<string, string>> Settings
    {
        get;
        init => field = NamedStrings.Copy(value, "setting");
    } = NamedStrings.None;

    private static double? CheckPerplexity(string name, double? value) =>
        value is null or > 0
            ? value
            : throw new ArgumentOutOfRangeException(
                name,
                $"The perplexity is {value} and must be above 0; leave it out where it is not known."
            );

    private static long CheckNotNegative(string name, long value) =>
        value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(
                name,
                $"{name} is {value} and must be at least 0; give the number trained so far."
            );
}
