namespace Recurrent.Training;

// How far a run is, by epochs and by time.
public sealed partial class Trainer
{
    private const long SeedsApart = 1000;

    private TimeSpan _elapsedBefore; // in the processes before a checkpoint
    private TimeSpan _validationTime; // of the last validation

    /// <summary>Which of the networks of one run this one is, from 1, and the plan of all; null for one.</summary>
    internal (int Number, TrainingPlan? Run) Network { get; init; } = (1, null);

    /// <summary>The time that this one of several networks has; null for all of the budget, or no limit.</summary>
    internal TimeSpan? Share { get; init; }

    /// <summary>
    /// Whether one of several networks is done, so that its checkpoint is its end and the run is further.
    /// </summary>
    internal bool HasEnded { get; set; }

    /// <summary>The seed of all that is drawn for a network of a run.</summary>
    /// <param name="seed">That of the first, which is the run's.</param>
    /// <param name="number">The network, from 1.</param>
    internal static long SeedOf(long seed, int number) => unchecked(seed + (SeedsApart * (number - 1)));

    private long Seed => SeedOf(_options.Seed, Network.Number);

    private TimeSpan? Budget => Share ?? _options.Budget;

    /// <summary>
    /// Tokens trained on so far, those of an unfinished epoch too; may be read from any thread, to show progress.
    /// </summary>
    public long TokensTrained => Volatile.Read(ref _tokensTrained);

    /// <summary>
    /// Whether <see cref="TrainerOptions.Budget"/>, or this network's share of it, is used up, but for the time that a
    /// last validation takes.
    /// </summary>
    public bool IsOutOfTime => TimeShare >= 1;

    /// <summary>Whether nothing is left to train: the epochs are over, or the patience or the time is.</summary>
    public bool IsFinished => HasEnded || _position.Epoch > _options.Epochs || IsOutOfPatience || IsOutOfTime;

    /// <summary>
    /// Whether no epoch of the last <see cref="TrainerOptions.Patience"/> was better than the best before.
    /// </summary>
    public bool IsOutOfPatience =>
        _options.Patience is { } patience
        && Best is { } best
        && Last is { } last
        && last.Epoch - best.Epoch >= patience;

    /// <summary>Whether <see cref="Best"/> is the end of an epoch, and not a moment within one.</summary>
    internal bool IsBestWhole =>
        Best is { } best && best.Epoch <= _reports.Count && _reports[best.Epoch - 1].Tokens == best.Tokens;

    /// <summary>
    /// The share of the run that is done, 0 to 1, by its epochs or by its time, whichever is further. An epoch's offset
    /// may cost it its last minibatch. May be read from any thread, to show progress.
    /// </summary>
    public double Progress
    {
        get
        {
            var position = Here;
            var minibatches = Math.Floor((_tokens.Length - 1) / ((double)_sampler.BatchSize * _sampler.Steps));
            var withinEpoch = Math.Min(position.Minibatches / minibatches, 1);
            var done = (position.Epoch - 1 + withinEpoch) / _options.Epochs;
            return Budget is null ? done : Math.Max(done, Math.Min(TimeShare, 1));
        }
    }

    /// <summary>The number of epochs to be trained; with a budget, an estimate.</summary>
    public int EpochsExpected
    {
        get
        {
            var (most, done, progress) = (_options.Epochs, Last?.Epoch ?? 0, Progress);
            return _options.Budget is null || progress == 0
                ? most
                : Math.Clamp((int)Math.Round(done / progress), Math.Max(done, 1), most);
        }
    }

    /// <summary>Time since the run began, without that between a checkpoint and its continuation; 0 before.</summary>
    public TimeSpan Elapsed => _elapsedBefore + (_start is { } start ? _time.GetElapsedTime(start) : TimeSpan.Zero);

    /// <summary>
    /// The share of the budget that is used up, a last validation included; rank 0's at the last minibatch, where there
    /// are several.
    /// </summary>
    private double TimeShare => _group is null ? OwnTimeShare : _decided.TimeShare;

    private double OwnTimeShare =>
        Budget is not { } budget ? 0
        : budget > TimeSpan.Zero ? (Elapsed + ExpectedValidation(budget)) / budget
        : 1; // those before have used it up

    /// <summary>The position after the last minibatch, with the losses of those whose results were read.</summary>
    private TrainingPosition Here => _unread is null ? _position : _position.After(TokensOfMinibatch);

    /// <summary>The minibatches after which all shards have the same weights.</summary>
    private long Round => _options.LocalSteps ?? 1;

    private long TokensOfMinibatch => (long)_sampler.BatchSize * _sampler.Steps; // of all ranks

    /// <summary>The learning rate of the last update; before the first, that of the first.</summary>
    private double LearningRate => _schedule.RateAt(Math.Max(Here.Updates - 1, 0), Progress) * RateScale;

    /// <summary>
    /// The epoch under way as far as it has come, without validation; null between two epochs. From another thread
    /// than the run's it is close, to show progress.
    /// </summary>
    internal EpochReport? Unfinished =>
        _position is { Minibatches: > 0 } position
            ? position.ToReport(_time.GetElapsedTime(_epochStart)) with
            {
                LearningRate = LearningRate,
            }
            : null;

    /// <summary>
    /// The time that a validation takes, by the last one; before the first by the time of training, of which a token
    /// takes three times as much, and at most half of the budget, because the first minibatches are slow.
    /// </summary>
    private TimeSpan ExpectedValidation(TimeSpan budget)
    {
        if (_heldOut is null || _validationTime > TimeSpan.Zero || TokensTrained == 0)
        {
            return _validationTime;
        }
        var expected = Elapsed * (_heldOut.Tokens / (3.0 * TokensTrained));
        return expected < budget / 2 ? expected : budget / 2;
    }

    /// <summary>Starts the clock of the run, unless it goes already: what is done now is part of its time.</summary>
    internal void StartClock() => _start ??= _time.GetTimestamp();

    /// <summary>Measures the model where it stands, and keeps it if it is the best so far.</summary>
    /// <exception cref="NotFiniteException">A weight is not finite.</exception>
    private void ValidateWithinEpoch(CancellationToken cancellationToken)
    {
        RequireFiniteWeights();
        var start = _time.GetTimestamp();
        var report = _position.ToReport(_time.GetElapsedTime(_epochStart, start));
        report = report with { LearningRate = LearningRate, ValidationLoss = Validate(cancellationToken) };
        _epochStart += _time.GetTimestamp() - start; // an epoch's time is without its validations
        _best?.Consider(report, _tokensTrained);
        DecideAfterValidation(cancellationToken);
        Tell(observer => observer.Validated(report));
    }

    private double? Validate(CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var loss = MeanLoss(_model, _heldOut, _group, cancellationToken);
        _validationTime = _time.GetElapsedTime(start);
        return loss;
    }
}
