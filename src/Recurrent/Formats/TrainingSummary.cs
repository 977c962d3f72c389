using Recurrent.Models;
using Recurrent.Ranges;

namespace Recurrent.Formats;

/// <summary>
/// A summary of a model's training, as its file keeps it: only what is the same on every machine, for every number of
/// threads, on every day.
/// </summary>
/// <example>
/// <code>
/// var summary = trained.Training;
/// Console.WriteLine($"{summary.Text}: {summary.ValidationPerplexity} after {summary.Epochs} epochs");
/// </code>
/// </example>
public sealed record TrainingSummary
{
    private const string SoFar = "give the number trained so far";
    private const string LeaveOut = "leave it out where it is not known";
    private static readonly Bounds<double> s_perplexities = Within.Above(0, double.PositiveInfinity);

    /// <summary>Whole epochs trained, 0 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Epochs
    {
        get;
        init => field = Within.AtLeast(0).Require(nameof(Epochs), value, SoFar);
    }

    /// <summary>Tokens trained on, over all epochs, 0 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long Tokens
    {
        get;
        init => field = Within.AtLeast(0L).Require(nameof(Tokens), value, SoFar);
    }

    /// <summary>
    /// Perplexity on the training text over the last whole epoch, above 0, and infinite where it is beyond a double;
    /// null before the end of an epoch.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is 0, negative or not a number.</exception>
    public double? Perplexity
    {
        get;
        init => field = s_perplexities.Require("The perplexity", value, LeaveOut);
    }

    /// <summary>
    /// Perplexity on the validation text, which the model was not trained on, above 0, and infinite where it is
    /// beyond a double; null without one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is 0, negative or not a number.</exception>
    public double? ValidationPerplexity
    {
        get;
        init => field = s_perplexities.Require("The validation perplexity", value, LeaveOut);
    }

    /// <summary>
    /// That of the network or networks alone where counts are saved with it, which lower it; null otherwise, and without a
    /// validation text.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is 0, negative or not a number.</exception>
    public double? NetworkValidationPerplexity
    {
        get;
        init => field = s_perplexities.Require("The network's validation perplexity", value, LeaveOut);
    }

    /// <summary>
    /// How surprising the lines that were held out are; null where there are too few, or the text has none.
    /// </summary>
    public HeldOutLines? HeldOutLines { get; init; }

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
}
