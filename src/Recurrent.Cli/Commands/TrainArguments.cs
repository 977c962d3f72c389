using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Training;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>The arguments of <c>train</c>.</summary>
internal sealed class TrainArguments
{
    private static readonly TimeSpan s_checkpointInterval = TimeSpan.FromMinutes(5);

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

    private readonly Option<double> _validation = NumberOption.Real(
        "--validation",
        "Fraction of the text, at its end, to measure the model on instead of training it; the best model is saved.",
        value => value is >= 0 and <= TrainerOptions.MaxValidation,
        $"from 0 to {TrainerOptions.MaxValidation}",
        0
    );

    private readonly Option<int?> _patience = NumberOption.OptionalWhole(
        "--patience",
        "Stop when the validation loss has not fallen for so many epochs.",
        1,
        TrainerOptions.MaxEpochs
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

    private readonly Option<TimeSpan> _checkpoint = DurationOption.Create(
        "--checkpoint",
        "Time between checkpoints, which are written beside the model, on Ctrl-C too; 0 for none.",
        s_checkpointInterval
    );

    private readonly Option<bool> _resume = new("--resume")
    {
        Description =
            "Go on from the checkpoint beside the model, to the same model as if the training had never stopped. "
            + "Give the other options as before.",
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
        Option[] training =
        [
            _batch,
            _steps,
            _epochs,
            .. _optimizer.Options,
            _sampler,
            _validation,
            _patience,
            _maxTokens,
        ];
        Array.ForEach(training, verb.Options.Add);
        _text = new TextArguments(verb, byDefault: "story");
        Option[] running = [_seed, _threads, _out, _checkpoint, _resume, _json];
        Array.ForEach(running, verb.Options.Add);
    }

    /// <summary>What the user asks for.</summary>
    public TrainSettings Of(ParseResult parsed)
    {
        var maxTokens = parsed.GetValue(_maxTokens);
        var (validation, patience) = (parsed.GetValue(_validation), parsed.GetValue(_patience));
        if (patience is not null && validation == 0)
        {
            throw new UsageException("--patience needs a validation text; add --validation 0.1.");
        }
        var checkpoint = parsed.GetResult(_checkpoint) is { Implicit: false }
            ? parsed.GetValue(_checkpoint)
            : s_checkpointInterval;
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
                Validation = validation,
                Patience = patience,
                Seed = parsed.GetValue(_seed),
            },
            Threads = parsed.GetValue(_threads),
            Out = parsed.GetValue(_out),
            CheckpointInterval = checkpoint > TimeSpan.Zero ? checkpoint : null,
            Resume = parsed.GetValue(_resume),
            Json = parsed.GetValue(_json),
        };
    }
}
