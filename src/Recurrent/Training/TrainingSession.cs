using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Telemetry;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>
/// A training run from a corpus to a trained model: with checkpoints by time and on request, samples on the way, the
/// best model at its end, and everything in the model file that tells how it came to be.
/// </summary>
/// <example>
/// <code>
/// var session = new TrainingSession(Corpus.FromFile("my.txt"));
/// foreach (var epoch in session.Run())
/// {
///     Console.WriteLine($"epoch {epoch.Epoch}: perplexity {epoch.Perplexity:F1}");
/// }
/// session.Finish().Save("my.safetensors");
/// </code>
/// </example>
public sealed partial class TrainingSession
{
    private const int UsualPrompts = 2;
    private const double MostOfUntrained = 2; // an untrained model's perplexity, in vocabulary entries

    private readonly TrainingSessionOptions _options;
    private readonly TokenSequence _tokens; // of which the trainer may hold some out
    private readonly TrainingParts _parts;
    private readonly List<TrainingSample> _samples = [];
    private bool _hasCheckpointFailed;

    /// <summary>Prepares a run.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="plan">The model and its training; null for those that suit the text.</param>
    /// <param name="options">The options of the run on this machine; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The text is too short, the plan's vocabulary is not the text's, a parameter of the model would be larger than a
    /// tensor can, or the training larger than this machine's memory.
    /// </exception>
    /// <exception cref="RanksException">The ranks cannot share out the shards.</exception>
    public TrainingSession(Corpus corpus, TrainingPlan? plan = null, TrainingSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        Corpus = corpus;
        Plan = plan ?? TrainingPlan.For(corpus.Sequence.Length, corpus.Vocabulary.Count);
        _options = options ?? new TrainingSessionOptions();
        if (Plan.Model.VocabularySize != corpus.Vocabulary.Count)
        {
            throw new ArgumentException(
                $"The plan is for {Plan.Model.VocabularySize} vocabulary entries and the text has "
                    + $"{corpus.Vocabulary.Count}; plan for this text.",
                nameof(plan)
            );
        }
        Plan = Plan.WithLettersOf(corpus.Vocabulary);
        RequireReadsForward(Plan);
        if (_options.Parts.Model is null)
        {
            Plan.RequireMemory();
        }
        Prompts = Plan.Model.Bidirectional ? [] : _options.Prompts ?? Excerpts.PromptsOf(corpus, UsualPrompts);
        (_tokens, _parts) = (corpus.Sequence, _options.Parts);
        if (Plan.Trainer is { ValidationLines: true, Validation: > 0 and var share } && _parts.Validation is null)
        {
            (_tokens, var heldOut) = DrawnLines.Of(corpus, share, Plan.Trainer.Seed);
            _parts = _parts with { Validation = heldOut };
        }
        else
        {
            Plan = Plan with { Trainer = Plan.Trainer with { ValidationLines = false } };
        }
        (Model, Trainer) = CreateNetwork();
        Plan = Plan with { Trainer = Trainer.Options };
    }

    /// <summary>The text.</summary>
    public Corpus Corpus { get; }

    /// <summary>
    /// The model's kind and sizes and the settings of its training, with those of parts of your own
    /// (<see cref="Trainer.Options"/>).
    /// </summary>
    public TrainingPlan Plan { get; }

    /// <summary>
    /// The network, as far as it is trained; counts and other networks join it in what <see cref="Finish"/> returns.
    /// </summary>
    public ILanguageModel Model { get; private set; }

    /// <summary>The trainer, which knows how far the run is: its reports, its best epoch, its progress.</summary>
    public Trainer Trainer { get; private set; }

    /// <summary>The name of the text.</summary>
    public string? TextName => _options.TextName ?? Corpus.Name;

    /// <summary>Beginnings that samples continue; none where the model cannot write.</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>The texts that the model wrote on the way, in the order of time.</summary>
    public IReadOnlyList<TrainingSample> Samples => _samples;

    /// <summary>Tokens of the text that the model is trained on.</summary>
    public long TrainedTokens => Trainer.TrainedOn.Length;

    /// <summary>
    /// Tokens that are held out to measure the model on, of the text or of a validation text of its own; 0 for none.
    /// </summary>
    public long HeldOutTokens => Trainer.HeldOut?.Length ?? 0;

    /// <summary>Whether a checkpoint has been written that this run can continue from.</summary>
    public bool HasCheckpoint { get; private set; }

    /// <summary>The time of the whole epochs in this session, without samples.</summary>
    public TimeSpan EpochTime { get; private set; }

    /// <summary>Tokens per second over the whole epochs in this session.</summary>
    public double TokensPerSecond => EpochTime > TimeSpan.Zero ? EpochTokens / EpochTime.TotalSeconds : 0;

    /// <summary>
    /// Whether the model predicts worse than one that gives every vocabulary entry the same probability: by its best
    /// validation perplexity, or by that of the last epoch where there is none, and by far, because a model that has
    /// hardly begun is a little worse, too. A lower learning rate helps.
    /// </summary>
    public bool IsWorseThanGuessing =>
        (Mean?.ValidationPerplexity ?? Trainer.Best?.ValidationPerplexity ?? Trainer.Last?.Perplexity) is { } perplexity
        && !(perplexity <= MostOfUntrained * Corpus.Vocabulary.Count); // not a number, too

    /// <summary>The settings by name, as the model file keeps them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings =>
        [.. TrainingSettings.Kept(Corpus.Options, Plan, Trainer.PartNames, Recoveries), .. Trainer.Beginnings];

    /// <summary>Threads that may work at once; null on a device without.</summary>
    internal int? Threads => (Model.Device as CpuDevice)?.Threads;

    /// <summary>Tokens of the whole epochs in this session.</summary>
    private long EpochTokens { get; set; }

    /// <summary>
    /// Continues from the checkpoint, if there is one; before <see cref="Run"/>. With several ranks all are to call it,
    /// and that of rank 0 counts.
    /// </summary>
    /// <returns>False where there is none, so that the run begins from scratch.</returns>
    /// <exception cref="ModelFileException">The checkpoint cannot be read, or is another run's.</exception>
    /// <example>
    /// <code>
    /// var session = new TrainingSession(corpus, options: new() { CheckpointPath = "my.checkpoint" });
    /// if (session.HasCheckpoint)
    /// {
    ///     session.Resume();
    /// }
    /// </code>
    /// </example>
    public bool Resume()
    {
        Trainer.Compare();
        var path = _options.CheckpointPath;
        if (!IsOnFirstRank(() => Path.Exists(path)) || path is null)
        {
            return false;
        }
        if (_options.ReplacesStart)
        {
            Trainer.TakeBeginnings(path);
        }
        Trainer.ResumeFrom(path);
        while (Trainer.HasEnded)
        {
            BeginNetwork();
            if (IsOnFirstRank(() => Path.Exists(CheckpointOf(Network))))
            {
                Trainer.ResumeFrom(CheckpointOf(Network)!);
            }
        }
        return true;
    }

    /// <summary>
    /// Trains, one epoch for each report that is asked for, and writes checkpoints meanwhile. Of several networks the
    /// epochs of one follow those of the other.
    /// </summary>
    /// <param name="cancellationToken">Stops the run between two minibatches.</param>
    /// <exception cref="IOException">
    /// There is an interval for checkpoints, and none can be written; thrown before the first epoch.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// The run was stopped; it can be saved, finished and run again from there.
    /// </exception>
    /// <exception cref="TrainingDivergedException">
    /// A number was not finite, again and again (see <see cref="Trainer.Run"/>).
    /// </exception>
    public IEnumerable<EpochReport> Run(CancellationToken cancellationToken = default)
    {
        if (IsFirstRank && _options is { CheckpointPath: { } path, CheckpointInterval: not null })
        {
            CheckpointFile.CheckDestination(path);
        }
        // A timer, because reading the clock after each minibatch would cost more than looking at a field.
        using var timer =
            IsFirstRank && _options is { CheckpointPath: not null, CheckpointInterval: { } interval }
                ? _options.Time.CreateTimer(_ => Trainer.RequestCheckpoint(), null, interval, interval)
                : null;
        using var operation = RecurrentTelemetry.Begin("train");
        Tell(observer => observer.Started(this));
        if (IsFirstRank && WantsCounts && !Trainer.IsFinished)
        {
            Trainer.StartClock();
            CountNGrams(); // in the time of the run, and before it can be stopped
        }
        for (var isLast = false; !isLast; )
        {
            if (Plan.Networks > 1)
            {
                Tell(observer => observer.NetworkStarted(Network));
            }
            foreach (var report in Trainer.Run(cancellationToken))
            {
                yield return report;
            }
            isLast = Network == Plan.Networks;
            if (!isLast)
            {
                EndNetwork();
            }
        }
    }

    /// <summary>
    /// Writes the checkpoint; what goes wrong is told to the observers, once, and does not end the run. With several
    /// ranks all are to call it, and rank 0 writes.
    /// </summary>
    /// <returns>Whether it is written; false also where there is no path for it.</returns>
    /// <exception cref="ModelFileException">A file that is not a checkpoint stands there.</exception>
    public bool SaveCheckpoint()
    {
        if (CheckpointOf(Network) is not { } path)
        {
            return false;
        }
        try
        {
            Trainer.SaveCheckpoint(path, prepare: () => KeepOlder(path));
            if (IsFirstRank)
            {
                DeleteCheckpointsFrom(Network + 1); // an older run's
            }
            return HasCheckpoint = true;
        }
        catch (IOException error)
        {
            if (!_hasCheckpointFailed)
            {
                _hasCheckpointFailed = true;
                Tell(observer => observer.CheckpointFailed(error));
            }
            return false;
        }
    }

    /// <summary>Removes the checkpoint of a run that has ended.</summary>
    public void DeleteCheckpoint()
    {
        if (IsFirstRank)
        {
            DeleteCheckpointsFrom(network: 1);
            HasCheckpoint = false;
        }
    }

    /// <summary>
    /// Continues prompts with the model as it is now, each with draws of its own; after <see cref="Finish"/> with the
    /// trained model.
    /// </summary>
    /// <param name="prompts">The beginnings.</param>
    /// <returns>A text for each, in the same order.</returns>
    public IReadOnlyList<TrainingSample> Continue(params IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        return Continue(Trainer.Last?.Epoch ?? 0, Trainer.EpochsExpected, prompts);
    }

    /// <summary>Finds how much of its training text the model has memorised; null where it cannot generate.</summary>
    /// <param name="cancellationToken">Stops the search.</param>
    public Memorisation? CheckMemorisation(CancellationToken cancellationToken = default) =>
        Prompts.Count == 0
            ? null
            : Memorisation.Of(
                _finished ?? Model,
                Corpus.Codec,
                Trainer.TrainedOn,
                Trainer.HeldOut,
                Prompts[0],
                Plan.Trainer.Seed,
                cancellationToken
            );

    // A generator keeps the weights that it was made of, so each time there is a new one.
    private TrainingSample[] Continue(int epoch, int expected, IReadOnlyList<string> prompts)
    {
        var generator = new TextGenerator(_finished ?? Model, Corpus.Codec, _options.Sampling);
        var texts = generator.GenerateAll(prompts, _options.SampleLength);
        return [.. prompts.Zip(texts, (prompt, text) => new TrainingSample(epoch, expected, prompt, text))];
    }

    /// <summary>Moves the checkpoint to .1, that to .2 and so on, as many as are kept.</summary>
    private void KeepOlder(string path)
    {
        for (var number = _options.KeptCheckpoints - 1; number >= 1; number--)
        {
            var newer = number == 1 ? path : $"{path}.{number - 1}";
            if (File.Exists(newer))
            {
                File.Copy(newer, $"{path}.{number}", overwrite: true);
            }
        }
    }

    private TrainingSample? Sample(int epoch, int expected)
    {
        if (Prompts.Count == 0 || !SampleEpochs.Contains(epoch, expected))
        {
            return null;
        }
        var sample = Continue(epoch, expected, [Prompts[0]])[0];
        _samples.Add(sample);
        return sample;
    }

    /// <summary>Whether this rank writes the files and tells the observers.</summary>
    private bool IsFirstRank => Trainer.Group is null or { IsFirst: true };

    private bool IsOnFirstRank(Func<bool> isSo) => Trainer.Group?.IsOnFirst(isSo) ?? isSo();

    private void Tell(Action<ITrainingObserver> what)
    {
        foreach (var observer in IsFirstRank ? _options.Observers : [])
        {
            what(observer);
        }
    }

    /// <summary>Does what is due when the trainer tells of it, and tells the session's observers.</summary>
    private sealed class Relay(TrainingSession session) : ITrainingObserver
    {
        public void MinibatchEnded()
        {
            if (session.Trainer.TakeCheckpointRequest())
            {
                session.SaveCheckpoint();
            }
            for (var i = 0; session.IsFirstRank && i < session._options.Observers.Count; i++) // no enumerator
            {
                session._options.Observers[i].MinibatchEnded();
            }
        }

        public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected)
        {
            if (!session.IsFirstRank)
            {
                return;
            }
            RecurrentTelemetry.TrainedTokens.Add(report.Tokens);
            RecurrentTelemetry.Perplexity.Record(report.Perplexity);
            session.EpochTime += report.Elapsed;
            session.EpochTokens += report.Tokens;
            sample = session.Sample(report.Epoch, epochsExpected);
            session.Tell(observer => observer.EpochEnded(report, sample, epochsExpected));
        }

        public void Validated(EpochReport soFar) => session.Tell(observer => observer.Validated(soFar));

        public void Recovered(TrainingRecovery recovery) => session.Tell(observer => observer.Recovered(recovery));
    }
}
