using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Training;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>The arguments of <c>train</c>.</summary>
internal sealed class TrainArguments
{
    private readonly Option<int> _batch = NumberOption.Whole(
        "--batch",
        "Rows of a minibatch.",
        1,
        TrainerOptions.MaxBatchSize,
        32
    );

    private readonly Option<int> _steps = NumberOption.Whole(
        "--steps",
        "Time steps of a minibatch.",
        1,
        TrainerOptions.MaxSteps,
        35
    );

    private readonly Option<int> _epochs = NumberOption.Whole(
        "--epochs",
        "Passes over the text.",
        1,
        TrainerOptions.MaxEpochs,
        500
    );

    private readonly ChoiceOption<SamplerKind> _sampler = new(
        "--sampler",
        "The order of minibatches: rows that continue each other, or windows in random order.",
        ("sequential", SamplerKind.Sequential),
        ("random", SamplerKind.Random)
    );

    private readonly Option<int> _maxTokens = NumberOption.Whole(
        "--max-tokens",
        "Tokens of the text to train on, from its beginning; 0 for all.",
        0,
        int.MaxValue,
        10_000
    );

    private readonly Option<ulong> _seed = NumberOption.Whole(
        "--seed",
        "Another number, another run; the same number, the same model to the bit.",
        0UL,
        ulong.MaxValue,
        1UL
    );

    private readonly Option<int?> _threads = NumberOption.OptionalWhole(
        "--threads",
        "Threads that work at once; they change the speed alone. [default: all processors]",
        1,
        Compute.MaxThreads
    );

    private readonly Option<string?> _out = new("--out")
    {
        Description = "The model file to write. [default: the text's name and .safetensors, in this folder]",
        HelpName = "FILE.safetensors",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print one JSON object a line, for each epoch and at the end, and nothing else.",
    };

    private readonly OptimizerArguments _optimizer = new();
    private readonly ModelArguments _model;
    private readonly TextArguments _text;

    /// <summary>Adds the arguments to the verb.</summary>
    public TrainArguments(Verb verb)
    {
        _out.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError("--out is empty and must name a file");
            }
        });
        _model = new ModelArguments(verb);
        Option[] training = [_batch, _steps, _epochs, .. _optimizer.Options, _sampler, _maxTokens];
        Array.ForEach(training, verb.Options.Add);
        _text = new TextArguments(verb, byDefault: "story");
        Option[] running = [_seed, _threads, _out, _json];
        Array.ForEach(running, verb.Options.Add);
    }

    /// <summary>What the user asks for.</summary>
    public TrainSettings Of(ParseResult parsed)
    {
        var maxTokens = parsed.GetValue(_maxTokens);
        return new TrainSettings
        {
            Text = _text.Text(parsed),
            Corpus = _text.Corpus(parsed) with { MaxTokens = maxTokens > 0 ? maxTokens : null },
            Model = _model.Of(parsed),
            Trainer = _optimizer.Of(parsed) with
            {
                BatchSize = parsed.GetValue(_batch),
                Steps = parsed.GetValue(_steps),
                Epochs = parsed.GetValue(_epochs),
                Sampler = _sampler.Of(parsed),
                Seed = parsed.GetValue(_seed),
            },
            Threads = parsed.GetValue(_threads),
            Out = parsed.GetValue(_out),
            Json = parsed.GetValue(_json),
        };
    }
}
