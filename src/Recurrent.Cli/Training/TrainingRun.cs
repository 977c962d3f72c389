using Recurrent.Cli.Hosting;
using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>One training from its corpus to its trained model, with what there is to tell about it on the way.</summary>
internal sealed class TrainingRun
{
    private const int SampleLength = 50; // tokens

    private readonly Trainer _trainer;
    private readonly List<(int Epoch, Continuation Text)> _samples = [];

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
        _trainer = new Trainer(Model, corpus.Sequence, settings.Trainer, time);
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
    public EpochReport? Last => _trainer.Last;

    /// <summary>The epoch under way as far as it has come; null between two epochs.</summary>
    public EpochReport? Unfinished => _trainer.Unfinished;

    /// <summary>How much of the epoch under way is done, 0 to 1.</summary>
    public double EpochDone =>
        Math.Min(1, (double)(Unfinished?.Tokens ?? 0) / (Corpus.Sequence.Length - ValidationTokens));

    /// <summary>The epoch with the lowest validation loss; null before the first, and without a validation text.</summary>
    public EpochReport? Best => _trainer.Best;

    /// <summary>How many epochs there are to be; with a budget as many as it seems by now.</summary>
    public int ExpectedEpochs
    {
        get
        {
            var (most, done, progress) = (Settings.Trainer.Epochs, Last?.Epoch ?? 0, Progress);
            return Settings.Trainer.Budget is null || progress == 0
                ? most
                : Math.Clamp((int)Math.Round(done / progress), Math.Max(done, 1), most);
        }
    }

    /// <summary>Whether the training ended because its time is over.</summary>
    public bool IsOutOfTime => _trainer.IsOutOfTime;

    /// <summary>How much of the training is done, 0 to 1; from any thread.</summary>
    public double Progress => _trainer.Progress;

    /// <summary>Whether the training ended because its validation loss fell no more.</summary>
    public bool IsOutOfPatience => _trainer.IsOutOfPatience;

    /// <summary>What each whole epoch came to, those before a checkpoint too.</summary>
    public IReadOnlyList<EpochReport> Reports => _trainer.Reports;

    /// <summary>Each time that the training went back because a number was not finite.</summary>
    public IReadOnlyList<TrainingRecovery> Recoveries => _trainer.Recoveries;

    /// <summary>What the model wrote, and after which epoch.</summary>
    public IReadOnlyList<(int Epoch, Continuation Text)> Samples => _samples;

    /// <summary>How many tokens of the text, at its end, are its validation text; 0 for none.</summary>
    public int ValidationTokens => Settings.Trainer.ValidationTokens(Corpus.Sequence.Length);

    /// <summary>Whether a checkpoint stands for this training to go on from.</summary>
    public bool IsResumable { get; private set; }

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
            Elapsed += report.Elapsed;
            Tokens += report.Tokens;
            yield return report;
        }
    }

    /// <summary>Does something after each minibatch, too.</summary>
    public void AfterMinibatch(Action action) => _trainer.AfterMinibatch += action;

    /// <summary>Does something each time that the training went back because a number was not finite.</summary>
    public void AfterRecovery(Action<TrainingRecovery> action) => _trainer.AfterRecovery = action;

    /// <summary>Saves the training so that it can go on from here.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveCheckpoint(string path)
    {
        _trainer.SaveCheckpoint(path);
        IsResumable = true;
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <exception cref="ModelFileException">It cannot be read, or is another training's.</exception>
    public void ResumeFrom(string path) => _trainer.ResumeFrom(path);

    /// <summary>Makes the model the best that there was, for the end of the training.</summary>
    public void RestoreBest() => _trainer.RestoreBest();

    /// <summary>How the model continues its first prefix after the last epoch; null where it cannot write.</summary>
    public Continuation? Sample()
    {
        if (Prefixes.Count == 0)
        {
            return null;
        }
        var epoch = Last?.Epoch ?? 0;
        if (_samples.Count == 0 || _samples[^1].Epoch != epoch)
        {
            _samples.Add((epoch, Continue(Prefixes[0])));
        }
        return _samples[^1].Text;
    }

    /// <summary>How the model continues a prefix now.</summary>
    public Continuation Continue(string prefix) =>
        new(prefix, new TextGenerator(Model, Corpus.Codec).Generate(prefix, SampleLength));

    /// <summary>The model as far as it is trained or, after <see cref="RestoreBest"/>, at its best; ready to be saved.</summary>
    public TrainedModel ToTrainedModel() =>
        new(
            Model,
            Corpus.Codec,
            new TrainingSummary
            {
                Epochs = (Best ?? Last)?.Epoch ?? 0,
                Tokens = Best is null ? TokensTrained : _trainer.BestTokensTrained,
                Perplexity = (Best ?? Last)?.Perplexity,
                ValidationPerplexity = Best?.ValidationPerplexity,
                Text = TextName,
                CorpusHash = Corpus.Hash,
                Settings = SettingNames.Of(Settings, Recoveries),
            }
        );

    private static ILanguageModel CreateModel(TrainSettings settings, Corpus corpus)
    {
        var configuration = settings.Model with { VocabularySize = corpus.Vocabulary.Count };
        try
        {
            return LanguageModel.Create(
                configuration,
                RandomStreams.Parameters(settings.Trainer.Seed),
                new CpuDevice(settings.Threads)
            );
        }
        catch (ArgumentException tooLarge)
        {
            throw new FailureException(tooLarge.Message, tooLarge);
        }
    }
}
