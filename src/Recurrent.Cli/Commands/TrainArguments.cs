using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Training;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Commands;

/// <summary>The arguments of <c>train</c>.</summary>
internal sealed class TrainArguments
{
    private readonly ChoiceOption<Preset> _preset = new(
        "--preset",
        "Where settings come from that are not given: text fits them to the text and the budget; book takes those of "
            + "chapter 8 of Dive into Deep Learning, with --normalize letters.",
        ("text", Preset.Text),
        ("book", Preset.Book)
    );

    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "The model file to write. [default: the text's name and .safetensors, in this folder]",
        HelpName = "FILE.safetensors",
    };

    private readonly Option<string?> _from = new("--from")
    {
        Description =
            "A model to train further, on the same or another text. It stays as it is, unless --out names it too; its "
            + "kind, sizes and vocabulary are those of the new one. The learning rate rises to --lr and comes down "
            + "again, so that the model is a little worse at first and better in the end.",
        HelpName = "FILE.safetensors",
    };

    private readonly Option<bool> _extend = new("--extend-vocabulary")
    {
        Description =
            "Add what the text has and the model of --from does not know to its vocabulary; otherwise it is refused.",
    };

    private readonly Option<string?> _validationText = new("--validation-text")
    {
        Description =
            "A text of its own to measure the model on, in place of a part of the text, which is then trained on as a "
            + "whole.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _noCounts = new("--no-counts")
    {
        Description = "Leave counts out; the same as --counts never.",
    };

    private readonly SettingOptions<TrainingPlan> _plan = new(TrainingSettings.All);
    private readonly SettingOptions<TrainSettings> _run = new(RunSettings.All);
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
        verb.Add("Model:", _from, _extend);
        verb.Add("Training:", _preset);
        _plan.AddTo(verb, SettingGroup.Training);
        verb.Add("Training:", _noCounts, _validationText);
        _plan.AddTo(verb, SettingGroup.Run);
        verb.Add("Run:", _out);
        _run.AddTo(verb, SettingGroup.Run);
    }

    /// <summary>Reads what the user asks for, but for what depends on the text.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainSettings Of(ParseResult parsed)
    {
        var from = LoadFrom(parsed);
        var corpus = _text.Corpus(parsed, IsBook(parsed) ? CorpusOptions.Book with { MaxTokens = 10_000 } : new());
        corpus = from is null ? corpus : corpus.Like(from.Codec);
        Check(parsed, corpus.Normalization, from);
        var settings = new TrainSettings
        {
            Text = _text.Text(parsed, from),
            Corpus = corpus,
            Out = parsed.GetValue(_out),
            IsBook = IsBook(parsed),
            CommandLine = CommandLine(parsed),
            From = from,
            ValidationText = ValidationText(parsed),
            FromPath = parsed.GetValue(_from),
            ExtendVocabulary = parsed.GetValue(_extend),
        };
        settings = _run.Apply(parsed, settings);
        if (settings is { ReplacesFrom: true, Resume: Resumption.Auto })
        {
            throw new UsageException(
                $"--resume auto cannot tell the model to go on from and the one made of it apart, because both are "
                    + $"{settings.Out}; name another file with --out."
            );
        }
        return settings is { DryRun: true, Json: true }
            ? throw new UsageException("--dry-run shows a plan for people; leave out --json.")
            : settings;
    }

    /// <summary>The model and its training that suit a text, with what is given in place of what was planned.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainingPlan PlanFor(ParseResult parsed, TrainSettings settings, Corpus corpus, Device device)
    {
        var (tokens, vocabularySize) = (corpus.Sequence.Length, corpus.Vocabulary.Count);
        var budget = _plan.Of(parsed, TrainingSettings.Budget, TimeSpan.Zero);
        var usual =
            IsBook(parsed) ? TrainingPlan.Book(vocabularySize)
            : budget > TimeSpan.Zero
                ? TrainingPlan.Within(budget, tokens, vocabularySize, device, NetworksOf(parsed, settings))
            : TrainingPlan.For(tokens, vocabularySize);
        usual = settings.From is { } from ? usual.GoingOnFrom(from, MemoryOf(settings)) : usual;
        var plan = _plan.Apply(parsed, usual);
        plan = parsed.GetValue(_noCounts) ? plan with { Counts = CountsUse.Never } : plan;
        if (settings.ValidationText is not null)
        {
            plan = plan with { Trainer = plan.Trainer with { Validation = 0 } };
        }
        else if (
            plan.Trainer.Validation == 0
            && _plan.Given(
                parsed,
                row =>
                    row == TrainingSettings.ValidationLines
                    || row == TrainingSettings.ValidateEvery
                    || row == TrainingSettings.Patience
            )
                is { } option
        )
        {
            throw new UsageException($"{option} needs a validation text; add --validation 0.1.");
        }
        RequireTyingFits(plan.Model);
        if (plan.Model is { Features: not null, EmbeddingSize: 0 })
        {
            throw new UsageException(
                "--features are added to an embedding, and --embedding is 0; leave one of them out."
            );
        }
        return plan;
    }

    /// <summary>The networks that share the time.</summary>
    private int NetworksOf(ParseResult parsed, TrainSettings settings) =>
        settings.From is not null ? 1
        : _plan.Of(parsed, ModelSettings.Networks, 0) is > 0 and var given ? given
        : ModelSettings.NetworksOf(_plan.Of(parsed, ModelSettings.Kind, ""));

    /// <summary>
    /// The checkpoint with the memory of the optimizer that trained the model to go on from; null where there is none,
    /// or where the run that continues has its own in that place.
    /// </summary>
    private static string? MemoryOf(TrainSettings settings) =>
        settings is { ReplacesFrom: true, Resume: Resumption.Checkpoint }
            ? null
            : TrainingEnd.CheckpointIfThere(settings.FromPath!);

    private static string CommandLine(ParseResult parsed)
    {
        var words = parsed.Tokens.Select(token => token.Value).Select(word => IsPlain(word) ? word : $"\"{word}\"");
        return string.Join(' ', words.Prepend("recurrent"));

        static bool IsPlain(string word) =>
            word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "-_./\\:".Contains(c));
    }

    /// <summary>Loads the model to go on from; null where there is none.</summary>
    /// <exception cref="UsageException">An option is given that this model decides.</exception>
    private TrainedModel? LoadFrom(ParseResult parsed)
    {
        if (parsed.GetValue(_from) is not { } path)
        {
            return parsed.GetValue(_extend)
                ? throw new UsageException("--extend-vocabulary needs a model to go on from; name one with --from.")
                : null;
        }
        var decided =
            _text.GivenOfModel(parsed)
            ?? _plan.Given(parsed, row => row.Group == SettingGroup.Model && row != ModelSettings.Dropout);
        return decided is null
            ? OfOneNetwork(path)
            : throw new UsageException(
                $"{decided} cannot be changed in a model that is trained further; leave it out, or leave --from out to "
                    + "train one from the beginning."
            );
    }

    /// <exception cref="FailureException">The model has several networks.</exception>
    private static TrainedModel OfOneNetwork(string path) =>
        TrainedModel.Load(path) is var trained && trained.Networks.Count == 1
            ? trained
            : throw new FailureException(
                $"{path} has {trained.Networks.Count} networks, and a training goes on from one; "
                    + $"write one to a file of its own, with recurrent export {path} --network 1 --dtype f32 "
                    + "--out one.safetensors, and go on from that."
            );

    /// <exception cref="UsageException">Another validation text is asked for, too.</exception>
    private string? ValidationText(ParseResult parsed)
    {
        var other = _plan.Given(
            parsed,
            row => row == TrainingSettings.Validation || row == TrainingSettings.ValidationLines
        );
        return parsed.GetValue(_validationText) is { } path && other is not null
            ? throw new UsageException(
                $"--validation-text {path} and {other} are two validation texts; leave one of them out."
            )
            : parsed.GetValue(_validationText);
    }

    private bool IsBook(ParseResult parsed) => _preset.Of(parsed) == Preset.Book;

    /// <summary>Checks what can be known before the text is read.</summary>
    private void Check(ParseResult parsed, Normalization normalization, TrainedModel? from)
    {
        var book = IsBook(parsed) ? TrainingPlan.Book(vocabularySize: 1) : null; // the same for every text
        var choices = new SettingChoices(normalization)
        {
            Kind = from?.Model.Configuration.Kind ?? Chosen(ModelSettings.Kind),
            Optimizer = Chosen(TrainingSettings.Optimizer),
            Schedule = Chosen(TrainingSettings.Schedule),
            HasLocalSteps = _plan.Of(parsed, LocalStepsSettings.Steps, 0) > 0,
            HasCounts = !parsed.GetValue(_noCounts) && Chosen(CountsSettings.Use) != CountsUse.Never,
        };
        _text.Check(parsed, choices);
        _plan.Check(parsed, choices);
        if (parsed.GetValue(_noCounts) && _plan.Of(parsed, CountsSettings.Use, CountsUse.Never) != CountsUse.Never)
        {
            throw new UsageException("--no-counts leaves out what --counts asks for; give one of them.");
        }
        if (_plan.Of(parsed, TrainingSettings.Budget, TimeSpan.MaxValue) == TimeSpan.Zero)
        {
            throw new UsageException("--budget is 0 and must be some time; give 3m for instance, or leave it out.");
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
