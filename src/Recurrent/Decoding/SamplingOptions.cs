using Recurrent.Ranges;

namespace Recurrent.Decoding;

/// <summary>
/// The way in which the next token is chosen. The logits are changed in this order: the bias, the repetition penalty,
/// the presence and frequency penalties, the temperature, then <see cref="TopK"/>, then <see cref="TopP"/>, then
/// <see cref="MinP"/>; from what is left one token is drawn. Where there is no temperature the most likely token is
/// taken, the first in the vocabulary where several are. The defaults are those of the library and of the command line
/// alike.
/// </summary>
/// <example>
/// <code>
/// var bold = new SamplingOptions { Temperature = 1.1, TopP = 0.95 };
/// var likeliest = SamplingOptions.Greedy;
/// </code>
/// </example>
public sealed record SamplingOptions
{
    /// <summary>The temperature unless given.</summary>
    public const double DefaultTemperature = 0.8;

    /// <summary>The number of characters that are written where no number of tokens is given.</summary>
    public const int DefaultLength = 300;

    /// <summary>The highest accepted temperature.</summary>
    public const double MaxTemperature = 1000;

    /// <summary>The largest accepted repetition penalty.</summary>
    public const double MaxRepetitionPenalty = 100;

    /// <summary>The largest accepted presence and frequency penalty; the smallest is its negative.</summary>
    public const double MaxCountPenalty = 2;

    /// <summary>The largest accepted bias; the smallest is its negative.</summary>
    public const double MaxBias = 100;

    /// <summary>The number of tokens that the repetition penalty looks back.</summary>
    public const int RepetitionWindow = 64;

    internal static readonly Bounds<double> Temperatures = Within.From(0, MaxTemperature);
    internal static readonly Bounds<double> Exponents = Within.AtLeast(1 / MaxTemperature);
    internal static readonly Bounds<int> TopKs = Within.AtLeast(0);
    internal static readonly Bounds<double> TopPs = Within.Above(0, 1.0);
    internal static readonly Bounds<double> MinPs = Within.From(0, 1.0);
    internal static readonly Bounds<double> RepetitionPenalties = Within.From(1, MaxRepetitionPenalty);
    private static readonly Bounds<double> s_countPenalties = Within.From(-MaxCountPenalty, MaxCountPenalty);
    private static readonly Bounds<double> s_biases = Within.From(-MaxBias, MaxBias);

    /// <summary>The most likely token each time, of no penalty and no stop strings.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>
    /// The divisor of the logits, 0 to 1,000: 1 for the model's own probabilities, less, such as 0.8, the default, for
    /// safer and more for bolder texts, and 0 for the most likely token.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double Temperature
    {
        get;
        init => field = Temperatures.Require(nameof(Temperature), value);
    } = DefaultTemperature;

    /// <summary>
    /// The exponent α of <em>Dive into Deep Learning</em>, which draws from probabilities in proportion to p^α: it is
    /// 1/<see cref="Temperature"/> and sets that; 0.001 or more and finite. Infinite where the temperature is 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double Exponent
    {
        get => 1 / Temperature;
        init => Temperature = 1 / Exponents.Require(nameof(Exponent), value);
    }

    /// <summary>The number of the most likely tokens that are kept, 1 or more; or 0, the default, for all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int TopK
    {
        get;
        init => field = TopKs.Require(nameof(TopK), value);
    }

    /// <summary>
    /// The share of the probability that is kept: the fewest most likely tokens that together have it, at least one.
    /// Above 0 and at most 1, the default, for all.
    /// </summary>
    /// <remarks>Holtzman et al., "The curious case of neural text degeneration", 2020.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double TopP
    {
        get;
        init => field = TopPs.Require(nameof(TopP), value);
    } = 1;

    /// <summary>
    /// The share of the most likely token's probability, at the temperature, that a token must have to be kept. 0, the
    /// default, for all, to 1, for none but the most likely.
    /// </summary>
    /// <remarks>Nguyen et al., "Turning up the heat: min-p sampling", 2024.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double MinP
    {
        get;
        init => field = MinPs.Require(nameof(MinP), value);
    }

    /// <summary>
    /// The factor that makes a token less likely that is among the last <see cref="RepetitionWindow"/>: its logit is
    /// divided by this where it is above 0 and multiplied where it is below. 1 to 100; 1, the default, for no penalty.
    /// </summary>
    /// <remarks>Keskar et al., "CTRL", 2019, with the sign taken into account as is customary.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double RepetitionPenalty
    {
        get;
        init => field = RepetitionPenalties.Require(nameof(RepetitionPenalty), value);
    } = 1;

    /// <summary>
    /// The number subtracted from the logit of each token that has been chosen before, −2 to 2; 0, the default, for no
    /// penalty. The tokens of a prompt do not count.
    /// </summary>
    /// <remarks>OpenAI's presence_penalty.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double PresencePenalty
    {
        get;
        init => field = s_countPenalties.Require(nameof(PresencePenalty), value);
    }

    /// <summary>
    /// The number subtracted from the logit of a token for each time that it has been chosen before, −2 to 2; 0, the
    /// default, for no penalty. The tokens of a prompt do not count.
    /// </summary>
    /// <remarks>OpenAI's frequency_penalty.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double FrequencyPenalty
    {
        get;
        init => field = s_countPenalties.Require(nameof(FrequencyPenalty), value);
    }

    /// <summary>
    /// The numbers added to the logits of some tokens by their index, −100 to 100 each; none by default.
    /// </summary>
    /// <remarks>OpenAI's logit_bias.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A token is negative, or a bias out of range.</exception>
    public IReadOnlyDictionary<int, double> LogitBias
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (var (token, bias) in value)
            {
                Within.AtLeast(0).Require("A token of " + nameof(LogitBias), token);
                s_biases.Require(nameof(LogitBias), bias);
            }
            field = value.ToDictionary();
        }
    } = new Dictionary<int, double>();

    /// <summary>
    /// Another number, another text; the same number, the same text, alone or among others. Every value is valid; 1 by
    /// default. A negative one and the unsigned one of the same 64 bits are one seed.
    /// </summary>
    public long Seed { get; init; } = 1;

    /// <summary>
    /// Texts that end the continuation before they would stand in it; none is empty. None by default.
    /// </summary>
    /// <exception cref="ArgumentException">A text is null or empty.</exception>
    public IReadOnlyList<string> StopStrings
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Any(string.IsNullOrEmpty))
            {
                throw new ArgumentException(
                    "A stop string is empty, which would stop every text at once; leave it out.",
                    nameof(StopStrings)
                );
            }
            field = [.. value];
        }
    } = [];

    /// <summary>
    /// Whether <see cref="Text.Vocabulary.UnknownToken"/>, and entries that did not occur in the training text, may be
    /// written; false by default.
    /// </summary>
    public bool AllowsUnknown { get; init; }

    /// <summary>Whether how often each token was chosen makes a difference.</summary>
    internal bool CountsTokens => PresencePenalty != 0 || FrequencyPenalty != 0;
}
