using System.CommandLine;
using Recurrent.Cli.Hosting;
using Recurrent.Decoding;
using Recurrent.Ranges;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Arguments;

/// <summary>The options for choosing the next token.</summary>
internal sealed class SamplingArguments
{
    private readonly Option<double> _temperature = NumberOption.Of(
        "--temperature",
        "1 samples from the model's probabilities; values below 1 are more cautious, values above it more daring, "
            + "and 0 always takes the most likely token.",
        SamplingOptions.Temperatures,
        SamplingOptions.DefaultTemperature
    );

    private readonly Option<bool> _greedy = new("--greedy")
    {
        Description =
            "Always take the most likely token, as Dive into Deep Learning does; the same as --temperature 0.",
    };

    private readonly Option<double> _alpha = NumberOption.Of(
        "--alpha",
        "Raise the probabilities to this power, as Dive into Deep Learning does; the same as --temperature 1/X.",
        SamplingOptions.Exponents,
        1
    );

    private readonly Option<int> _topK = NumberOption.Of(
        "--top-k",
        "Sample only from the N most likely tokens; 0 for all.",
        SamplingOptions.TopKs,
        0
    );

    private readonly Option<double> _topP = NumberOption.Of(
        "--top-p",
        "Sample only from the fewest most likely tokens whose probabilities add up to X.",
        SamplingOptions.TopPs,
        1
    );

    private readonly Option<double> _minP = NumberOption.Of(
        "--min-p",
        "Sample only from tokens whose probability is at least X times that of the most likely one.",
        SamplingOptions.MinPs,
        0
    );

    private readonly Option<double> _penalty = NumberOption.Of(
        "--repetition-penalty",
        $"Make tokens that occur among the last {SamplingOptions.RepetitionWindow} less likely; 1 for no penalty.",
        SamplingOptions.RepetitionPenalties,
        1
    );

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description =
            $"End the text before it would contain this string; may be given several times. {EscapedText.Rule}",
        HelpName = "TEXT",
        Arity = new ArgumentArity(1, 1000),
    };

    private readonly Option<long> _seed = NumberOption.Of(
        "--seed",
        "Same seed, same text; another seed, another text.",
        new SeedValues(),
        1
    );

    private readonly Option<int> _samples;
    private readonly Option<int> _beams = NumberOption.Of(
        "--beams",
        "Search for the most likely text, keeping the N best beginnings at each token; 1 for no search.",
        Within.From(1, 1000),
        1
    );

    /// <summary>Adds the arguments to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="maxSamples">The maximum number of texts.</param>
    public SamplingArguments(Verb verb, int maxSamples)
    {
        _samples = NumberOption.Of("--samples", "Number of texts.", Within.From(1, maxSamples), 1);
        _stop.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError("--stop is empty and would stop every text at once");
            }
        });
        Option[] options =
        [
            _temperature,
            _greedy,
            _alpha,
            _topK,
            _topP,
            _minP,
            _penalty,
            _stop,
            _seed,
            _samples,
            _beams,
        ];
        Array.ForEach(options, verb.Options.Add);
    }

    /// <summary>Returns the number of texts.</summary>
    public int Samples(ParseResult parsed) => parsed.GetValue(_samples);

    /// <summary>Returns the number of beginnings that a search keeps; 1 for no search.</summary>
    /// <exception cref="UsageException">The options do not go together.</exception>
    public int Beams(ParseResult parsed)
    {
        var beams = parsed.GetValue(_beams);
        Option[] others = [_temperature, _greedy, _alpha, _topK, _topP, _minP, _penalty, _seed, _samples];
        var other = Array.Find(others, option => option.IsGiven(parsed));
        return beams > 1 && other is not null
            ? throw new UsageException(
                $"--beams searches for the most likely text, so {other.Name} has no effect; give only one of them."
            )
            : beams;
    }

    /// <summary>Returns the way the next token is chosen.</summary>
    /// <exception cref="UsageException">The options do not go together.</exception>
    public SamplingOptions Of(ParseResult parsed)
    {
        var (isGreedy, byAlpha) = (parsed.GetValue(_greedy), _alpha.IsGiven(parsed));
        if (byAlpha && _temperature.IsGiven(parsed))
        {
            throw new UsageException(
                "--temperature and --alpha set the same thing, temperature = 1/alpha; give only one of them."
            );
        }
        // These make sense only with sampling.
        Option[] chance = [_temperature, _alpha, _topK, _topP, _minP, _seed, _samples];
        if (isGreedy && Array.Find(chance, option => option.IsGiven(parsed)) is { } other)
        {
            throw new UsageException(
                $"--greedy always takes the most likely token, so {other.Name} has no effect; give only one of them."
            );
        }
        var options = new SamplingOptions
        {
            Temperature = isGreedy ? 0 : parsed.GetValue(_temperature),
            TopK = parsed.GetValue(_topK),
            TopP = parsed.GetValue(_topP),
            MinP = parsed.GetValue(_minP),
            RepetitionPenalty = parsed.GetValue(_penalty),
            StopStrings = [.. (parsed.GetValue(_stop) ?? []).Select(EscapedText.Read)],
            Seed = parsed.GetValue(_seed),
        };
        return byAlpha ? options with { Exponent = parsed.GetValue(_alpha) } : options;
    }
}
