using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Training;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Commands;

/// <summary>The arguments of <c>train</c>.</summary>
internal sealed class TrainArguments
{
    private static readonly CorpusOptions s_wholeText = new() { Normalization = Normalization.None };
    private static readonly CorpusOptions s_bookText = new()
    {
        Normalization = Normalization.Letters,
        MaxTokens = 10_000,
    };
    private static readonly TimeSpan s_checkpointInterval = TimeSpan.FromMinutes(5);

    private readonly ChoiceOption<Preset> _preset = new(
        "--preset",
        "Where settings come from that are not given: text fits them to the text and the budget; book takes those of chapter 8 "
            + "of Dive into Deep Learning, with --normalize letters.",
        ("text", Preset.Text),
        ("book", Preset.Book)
    );

    private readonly Option<int?> _threads = NumberOption.OptionalWhole(
        "--threads",
        "Threads that work at once; affects speed only. [default: all processors]",
        1,
        Compute.MaxThreads
    );

    private readonly Option<string?> _out = new("--out")
    {
        Description = "The model file to write. [default: the text's name and .safetensors, in this folder]",
        HelpName = "FILE.safetensors",
    };

    private readonly Option<TimeSpan?> _checkpoint = DurationOption.Create(
        "--checkpoint",
        "Time between checkpoints, which are written next to the model, and on Ctrl-C; 0 for none. [default: 5m]"
    );

    private readonly Option<bool> _resume = new("--resume")
    {
        Description =
            "Continue from the checkpoint next to the model, to the same model as if the run had never stopped. "
            + "Give the other options as before.",
    };

    private readonly Option<bool> _noReport = new("--no-report")
    {
        Description = "Leave out the report: curves, samples and settings in one HTML file next to the model.",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print one JSON object a line, for each epoch and at the end, and nothing else.",
    };

    private readonly SettingOptions<TrainingPlan> _plan = new(TrainingSettings.All);
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
        _text = new TextArguments(verb, byDefault: "story", TextSettings.All);
        _plan.AddTo(verb, SettingGroup.Model);
        verb.Add("Training:", _preset);
        _plan.AddTo(verb, SettingGroup.Training);
        _plan.AddTo(verb, SettingGroup.Run);
        verb.Add("Run:", _threads, _out, _checkpoint, _resume, _noReport, _json);
    }

    /// <summary>What the user asks for, but for what depends on the text.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainSettings Of(ParseResult parsed)
    {
        var corpus = _text.Corpus(parsed, IsBook(parsed) ? s_bookText : s_wholeText);
        Check(parsed, corpus.Normalization);
        var checkpoint = parsed.GetValue(_checkpoint) ?? s_checkpointInterval;
        return new TrainSettings
        {
            Text = _text.Text(parsed),
            Corpus = corpus,
            Threads = parsed.GetValue(_threads),
            Out = parsed.GetValue(_out),
            CheckpointInterval = checkpoint > TimeSpan.Zero ? checkpoint : null,
            Report = !parsed.GetValue(_noReport),
            Resume = parsed.GetValue(_resume),
            Json = parsed.GetValue(_json),
        };
    }

    /// <summary>The model and its training that suit a text, with what is given in place of what was planned.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainingPlan PlanFor(ParseResult parsed, Corpus corpus)
    {
        var (tokens, vocabularySize) = (corpus.Sequence.Length, corpus.Vocabulary.Count);
        var budget = _plan.Of(parsed, TrainingSettings.Budget, TimeSpan.Zero);
        var plan = _plan.Apply(
            parsed,
            IsBook(parsed) ? TrainingPlan.Book(vocabularySize)
                : budget > TimeSpan.Zero
                    ? TrainingPlan.Within(
                        budget,
                        tokens,
                        vocabularySize,
                        new Compute(parsed.GetValue(_threads))
                    )
                : TrainingPlan.For(tokens, vocabularySize)
        );
        if (plan.Trainer is { Patience: not null, Validation: 0 })
        {
            throw new UsageException("--patience needs a validation text; add --validation 0.1.");
        }
        RequireTyingFits(plan.Model);
        return plan;
    }

    private bool IsBook(ParseResult parsed) => _preset.Of(parsed) == Preset.Book;

    /// <summary>Checks what can be known before the text is read.</summary>
    private void Check(ParseResult parsed, Normalization normalization)
    {
        var book = IsBook(parsed) ? TrainingPlan.Book(vocabularySize: 1) : null; // the same for every text
        var choices = new SettingChoices(normalization)
        {
            Kind = Chosen(ModelSettings.Kind),
            Optimizer = Chosen(TrainingSettings.Optimizer),
            Schedule = Chosen(TrainingSettings.Schedule),
        };
        _text.Check(parsed, choices);
        _plan.Check(parsed, choices);
        if (_plan.Of(parsed, TrainingSettings.Budget, TimeSpan.MaxValue) == TimeSpan.Zero)
        {
            throw new UsageException(
                "--budget is 0 and must be some time; give 3m for instance, or leave it out."
            );
        }

        T Chosen<T>(Setting<TrainingPlan, T> setting) =>
            _plan.Of(parsed, setting, book is null ? setting.Default : setting.Get(book));
    }

    private static void RequireTyingFits(ModelConfiguration model)
    {
        var features = model.HiddenSize * (model.Bidirectional ? 2 : 1);
        if (model.TiedWeights && model.EmbeddingSize != features)
        {
            throw new UsageException(
                $"--tied needs vectors as long as the layers' output, and --embedding is {model.EmbeddingSize}; "
                    + $"choose --embedding {features}."
            );
        }
    }
}
