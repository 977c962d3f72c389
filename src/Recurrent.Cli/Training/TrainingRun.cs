using Recurrent.Generation;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>One training from its corpus to its trained model, with what there is to tell about it on the way.</summary>
internal sealed class TrainingRun
{
    private const int SampleLength = 50; // tokens

    private readonly Trainer _trainer;
    private readonly TextGenerator _generator;

    /// <summary>Prepares a training.</summary>
    /// <param name="settings">What the user asks for.</param>
    /// <param name="textName">What the text is called.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="prefixes">Beginnings to continue; none for a model that cannot write.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="FailureException">A parameter of the model would be larger than a tensor can.</exception>
    public TrainingRun(
        TrainSettings settings,
        string textName,
        Corpus corpus,
        IReadOnlyList<string> prefixes,
        TimeProvider time
    )
    {
        (Settings, TextName, Corpus, Prefixes) = (settings, textName, corpus, prefixes);
        Model = CreateModel(settings, corpus);
        _trainer = new Trainer(Model, corpus.Tokens, settings.Trainer, time);
        _generator = new TextGenerator(Model, corpus.Codec);
    }

    /// <summary>What the user asked for.</summary>
    public TrainSettings Settings { get; }

    /// <summary>What the text is called.</summary>
    public string TextName { get; }

    /// <summary>The text.</summary>
    public Corpus Corpus { get; }

    /// <summary>Beginnings that are continued to show what the model has learnt; none where it cannot write.</summary>
    public IReadOnlyList<string> Prefixes { get; }

    /// <summary>The model, as far as it is trained.</summary>
    public ILanguageModel Model { get; }

    /// <summary>Number of weights.</summary>
    public long Parameters => Model.Parameters.Sum(parameter => (long)parameter.Value.Count);

    /// <summary>The last whole epoch; null before its end.</summary>
    public EpochReport? Last { get; private set; }

    /// <summary>Time that the whole epochs took, without samples.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Tokens of the whole epochs.</summary>
    public long Tokens { get; private set; }

    /// <summary>Tokens trained on, those of an unfinished epoch too.</summary>
    public long TokensTrained => _trainer.TokensTrained;

    /// <summary>Tokens per second over all whole epochs.</summary>
    public double TokensPerSecond => Elapsed > TimeSpan.Zero ? Tokens / Elapsed.TotalSeconds : 0;

    /// <summary>Trains, an epoch for each report that is asked for; it ends early, by an exception, as the trainer does.</summary>
    public IEnumerable<EpochReport> Epochs(CancellationToken cancellationToken)
    {
        foreach (var report in _trainer.Run(cancellationToken))
        {
            Last = report;
            Elapsed += report.Elapsed;
            Tokens += report.Tokens;
            yield return report;
        }
    }

    /// <summary>How the model continues its first prefix now; null where it cannot write.</summary>
    public Continuation? Sample() => Prefixes.Count > 0 ? Continue(Prefixes[0]) : null;

    /// <summary>How the model continues a prefix now.</summary>
    public Continuation Continue(string prefix) => new(prefix, _generator.Generate(prefix, SampleLength));

    /// <summary>The model as far as it is trained, ready to be saved.</summary>
    public TrainedModel ToTrainedModel() =>
        new(
            Model,
            Corpus.Codec,
            new TrainingSummary
            {
                Epochs = Last?.Epoch ?? 0,
                Tokens = TokensTrained,
                Perplexity = Last?.Perplexity,
                Text = TextName,
                CorpusHash = Corpus.Hash,
                Settings = SettingsByName(),
            }
        );

    private static ILanguageModel CreateModel(TrainSettings settings, Corpus corpus)
    {
        var configuration = settings.Model with { VocabularySize = corpus.Vocabulary.Count };
        try
        {
            return LanguageModel.Create(configuration, RandomStreams.Parameters(settings.Trainer.Seed));
        }
        catch (ArgumentException tooLarge)
        {
            throw new FailureException(tooLarge.Message, tooLarge);
        }
    }

    // Threads are left out: they change nothing.
    private IReadOnlyList<KeyValuePair<string, string>> SettingsByName()
    {
        var trainer = Settings.Trainer;
        return
        [
            new("seed", $"{trainer.Seed}"),
            new("batch", $"{trainer.BatchSize}"),
            new("steps", $"{trainer.Steps}"),
            new("epochs", $"{trainer.Epochs}"),
            new("learning-rate", $"{trainer.LearningRate}"),
            new("clip", $"{trainer.ClipNorm ?? 0}"),
            new("sampler", trainer.Sampler == SamplerKind.Sequential ? "sequential" : "random"),
            new("max-tokens", $"{Settings.Corpus.MaxTokens ?? 0}"),
        ];
    }
}
