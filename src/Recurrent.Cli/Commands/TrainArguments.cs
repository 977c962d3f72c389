using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Training;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>The arguments of <c>train</c>.</summary>
internal sealed class TrainArguments
{
    private const int BookTokens = 10_000;
    private static readonly TimeSpan s_checkpointInterval = TimeSpan.FromMinutes(5);

    private readonly ChoiceOption<Preset> _preset = new(
        "--preset",
        "Where the other settings come from, unless they are given: text fits them to the text and the budget; book takes those "
            + "of the chapter, with --normalize letters.",
        ("text", Preset.Text),
        ("book", Preset.Book)
    );

    private readonly Option<TimeSpan?> _budget = DurationOption.Create(
        "--budget",
        "Make the best model that there is time for, and end then."
    );

    private readonly Option<int?> _batch = NumberOption.OptionalWhole(
        "--batch",
        "Rows of a minibatch.",
        1,
        TrainerOptions.MaxBatchSize
    );

    private readonly Option<int?> _steps = NumberOption.OptionalWhole(
        "--steps",
        "Time steps of a minibatch.",
        1,
        TrainerOptions.MaxSteps
    );

    private readonly Option<int?> _epochs = NumberOption.OptionalWhole(
        "--epochs",
        "Passes over the text.",
        1,
        TrainerOptions.MaxEpochs
    );

    private readonly ChoiceOption<SamplerKind> _sampler = new(
        "--sampler",
        "The order of minibatches: rows that continue each other, or windows in random order.",
        ("sequential", SamplerKind.Sequential),
        ("random", SamplerKind.Random)
    );

    private readonly Option<double?> _validation = NumberOption.OptionalReal(
        "--validation",
        "Fraction of the text, at its end, to measure the model on instead of training it; the best model is saved.",
        value => value is >= 0 and <= TrainerOptions.MaxValidation,
        $"from 0 to {TrainerOptions.MaxValidation}"
    );

    private readonly Option<int?> _patience = NumberOption.OptionalWhole(
        "--patience",
        "Stop when the validation loss has not fallen for so many epochs.",
        1,
        TrainerOptions.MaxEpochs
    );

    private readonly Option<int?> _maxTokens = NumberOption.OptionalWhole(
        "--max-tokens",
        "Tokens of the text to take, from its beginning; 0 for all. [default: 0, and 10000 for the book]",
        0,
        int.MaxValue
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
        CpuDevice.MaxThreads
    );

    private readonly Option<string?> _out = new("--out")
    {
        Description = "The model file to write. [default: the text's name and .safetensors, in this folder]",
        HelpName = "FILE.safetensors",
    };

    private readonly Option<TimeSpan?> _checkpoint = DurationOption.Create(
        "--checkpoint",
        "Time between checkpoints, which are written beside the model, on Ctrl-C too; 0 for none. [default: 5m]"
    );

    private readonly Option<bool> _resume = new("--resume")
    {
        Description =
            "Go on from the checkpoint beside the model, to the same model as if the training had never stopped. "
            + "Give the other options as before.",
    };

    private readonly Option<bool> _noReport = new("--no-report")
    {
        Description = "Leave out the report: curves, samples and settings in one HTML file beside the model.",
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
            _preset,
            _budget,
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
        Option[] running = [_seed, _threads, _out, _checkpoint, _resume, _noReport, _json];
        Array.ForEach(running, verb.Options.Add);
    }

    /// <summary>What the user asks for; the model and its training as for some text, until <see cref="Fit"/>.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainSettings Of(ParseResult parsed)
    {
        var book = _preset.Of(parsed) == Preset.Book;
        var corpus = _text.Corpus(parsed, book ? Normalization.Letters : Normalization.None);
        var maxTokens = parsed.GetValue(_maxTokens) ?? (book ? BookTokens : 0);
        var checkpoint = parsed.GetValue(_checkpoint) ?? s_checkpointInterval;
        var (model, trainer) = Plan(parsed, tokens: 1_000_000, vocabularySize: 1);
        return new TrainSettings
        {
            Text = _text.Text(parsed),
            Corpus = corpus with { MaxTokens = maxTokens > 0 ? maxTokens : null },
            Model = model,
            Trainer = trainer,
            Threads = parsed.GetValue(_threads),
            Out = parsed.GetValue(_out),
            CheckpointInterval = checkpoint > TimeSpan.Zero ? checkpoint : null,
            Report = !parsed.GetValue(_noReport),
            Resume = parsed.GetValue(_resume),
            Json = parsed.GetValue(_json),
        };
    }

    /// <summary>The settings with the model and the training that suit a text.</summary>
    public TrainSettings Fit(ParseResult parsed, TrainSettings settings, Corpus corpus)
    {
        var (model, trainer) = Plan(parsed, corpus.Sequence.Length, corpus.Vocabulary.Count);
        return settings with { Model = model, Trainer = trainer };
    }

    private TrainingPlan Plan(ParseResult parsed, long tokens, int vocabularySize)
    {
        var budget = parsed.GetValue(_budget);
        if (budget == TimeSpan.Zero)
        {
            throw new UsageException(
                "--budget is 0 and must be some time; give 3m for instance, or leave it out."
            );
        }
        var plan =
            _preset.Of(parsed) == Preset.Book ? TrainingPlan.Book(vocabularySize)
            : budget is { } time
                ? TrainingPlan.Within(time, tokens, vocabularySize, new CpuDevice(parsed.GetValue(_threads)))
            : TrainingPlan.For(tokens, vocabularySize);
        var (validation, patience) = (
            parsed.GetValue(_validation) ?? plan.Trainer.Validation,
            parsed.GetValue(_patience)
        );
        if (patience is not null && validation == 0)
        {
            throw new UsageException("--patience needs a validation text; add --validation 0.1.");
        }
        return new TrainingPlan(
            _model.Of(parsed, plan.Model),
            _optimizer.Of(parsed, plan.Trainer) with
            {
                BatchSize = parsed.GetValue(_batch) ?? plan.Trainer.BatchSize,
                Steps = parsed.GetValue(_steps) ?? plan.Trainer.Steps,
                Epochs = parsed.GetValue(_epochs) ?? plan.Trainer.Epochs,
                Budget = budget,
                Sampler = _sampler.Of(parsed),
                Validation = validation,
                Patience = patience,
                Seed = parsed.GetValue(_seed),
            }
        );
    }
}
