using System.CommandLine;
using Recurrent.Decoding;

namespace Recurrent.Cli.Arguments;

/// <summary>The arguments that say how the next token is chosen.</summary>
internal sealed class SamplingArguments
{
    private readonly Option<double> _temperature = NumberOption.Real(
        "--temperature",
        "How bold: 1 draws by the model's own probabilities, less is safer, 0 takes the most likely token. "
            + "The default is 0, or 1 where another option asks for chance.",
        value => value is >= 0 and <= SamplingOptions.MaxTemperature,
        $"from 0 to {SamplingOptions.MaxTemperature}",
        0
    );

    private readonly Option<double> _alpha = NumberOption.Real(
        "--alpha",
        "The book's exponent of the probabilities, in place of a temperature of 1/X.",
        value => value >= 1 / SamplingOptions.MaxTemperature && double.IsFinite(value),
        $"{1 / SamplingOptions.MaxTemperature} or more",
        1
    );

    private readonly Option<int> _topK = NumberOption.Whole(
        "--top-k",
        "Draw from so many of the most likely tokens; 0 for all.",
        0,
        int.MaxValue,
        0
    );

    private readonly Option<double> _topP = NumberOption.Real(
        "--top-p",
        "Draw from the fewest most likely tokens that have this share of the probability.",
        value => value is > 0 and <= 1,
        "above 0 and at most 1",
        1
    );

    private readonly Option<double> _penalty = NumberOption.Real(
        "--repetition-penalty",
        $"Make tokens less likely that are among the last {SamplingOptions.RepetitionWindow}; 1 for none.",
        value => value is >= 1 and <= SamplingOptions.MaxRepetitionPenalty,
        $"from 1 to {SamplingOptions.MaxRepetitionPenalty}",
        1
    );

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "End before this text would come; may be given several times.",
        HelpName = "TEXT",
        Arity = new ArgumentArity(1, 1000),
    };

    private readonly Option<Int128> _seed = NumberOption.Whole(
        "--seed",
        "Another number, another text; the same number, the same text.",
        long.MinValue,
        ulong.MaxValue,
        (Int128)1
    );

    private readonly Option<int> _samples;
    private readonly Option<int> _beams = NumberOption.Whole(
        "--beams",
        "Search for the likeliest text, keeping so many from token to token; 1 for no search.",
        1,
        1000,
        1
    );

    /// <summary>Adds the arguments to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="maxSamples">The most texts that may be asked for.</param>
    public SamplingArguments(Verb verb, int maxSamples)
    {
        _samples = NumberOption.Whole("--samples", "How many texts.", 1, maxSamples, 1);
        _stop.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError("--stop is empty and would stop every text at once");
            }
        });
        Option[] options = [_temperature, _alpha, _topK, _topP, _penalty, _stop, _seed, _samples, _beams];
        Array.ForEach(options, verb.Options.Add);
    }

    /// <summary>How many texts.</summary>
    public int Samples(ParseResult parsed) => parsed.GetValue(_samples);

    /// <summary>How many texts a search keeps; 1 for no search.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public int Beams(ParseResult parsed)
    {
        var beams = parsed.GetValue(_beams);
        Option[] others = [_temperature, _alpha, _topK, _topP, _penalty, _seed, _samples];
        var other = Array.Find(others, option => parsed.GetResult(option) is { Implicit: false });
        return beams > 1 && other is not null
            ? throw new UsageException(
                $"--beams searches for the likeliest text, so {other.Name} says nothing; give one of them."
            )
            : beams;
    }

    /// <summary>How the next token is chosen.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public SamplingOptions Of(ParseResult parsed)
    {
        var (byTemperature, byAlpha) = (IsGiven(_temperature), IsGiven(_alpha));
        if (byTemperature && byAlpha)
        {
            throw new UsageException(
                "--temperature and --alpha are two ways to say one thing, temperature = 1/alpha; give one of them."
            );
        }
        Option[] chance = [_topK, _topP, _seed, _samples];
        var options = new SamplingOptions
        {
            Temperature =
                byTemperature ? parsed.GetValue(_temperature)
                : Array.Exists(chance, IsGiven) ? 1
                : 0,
            TopK = parsed.GetValue(_topK),
            TopP = parsed.GetValue(_topP),
            RepetitionPenalty = parsed.GetValue(_penalty),
            StopStrings = parsed.GetValue(_stop) ?? [],
            Seed = unchecked((long)parsed.GetValue(_seed)),
        };
        return byAlpha ? options with { Exponent = parsed.GetValue(_alpha) } : options;

        bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
    }
}
