using Recurrent.Batching;
using Recurrent.Evaluation;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>
/// Trains a language model, a <see cref="TrainingStep"/> for each minibatch. Pulled by its caller, an epoch at a
/// time; the same seed gives the same bits on any number of threads and any vector width.
/// </summary>
/// <example>
/// <code>
/// var model = LanguageModel.Create("gru", corpus.Vocabulary.Count);
/// var trainer = new Trainer(model, corpus.Sequence, new() { Optimizer = OptimizerKind.Adam, LearningRate = 0.002 });
/// foreach (var epoch in trainer.Run().Take(10)) // each report that is taken trains an epoch
/// {
///     Console.WriteLine(epoch.Perplexity);
/// }
/// </code>
/// </example>
public sealed partial class Trainer
{
    private readonly ILanguageModel _model;
    private readonly TokenSequence _tokens; // those trained on
    private readonly TrainerOptions _options;
    private readonly TimeProvider _time;
    private readonly BatchSampler _sampler;
    private readonly Optimizer _optimizer;
    private readonly LearningRateSchedule _schedule;
    private readonly PartNames _partNames;
    private readonly TrainingStep _step;
    private readonly StripReader? _heldOut; // this rank's strips; null without a validation text
    private readonly StripReader? _heldOutAlone; // all strips
    private readonly BestModel? _best; // null without a validation text
    private readonly LastWeights? _last; // null where they are not averaged
    private readonly List<EpochReport> _reports = [];
    private TrainingPosition _position = new(); // after the last minibatch whose result was read
    private StepResult? _unread; // of the minibatch after it; null where there is none yet
    private ModelState _state;
    private long _tokensTrained;
    private bool _isAveraged; // at its end
    private long? _start; // by the clock, when it was first run; null before
    private long _epochStart; // by the clock, when it began or was taken up again

    /// <summary>Prepares a training run.</summary>
    /// <param name="model">The model to train, in place.</param>
    /// <param name="tokens">
    /// The text as token indices; its end is the validation text, if the settings ask for one, and is not trained on.
    /// </param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <param name="time">The clock that measures the speed; null for the system's.</param>
    /// <param name="parts">Parts of your own; null for those that the settings describe.</param>
    /// <exception cref="ArgumentException">
    /// The text is too short for one minibatch, or for validation, or the shards do not divide the batch.
    /// </exception>
    /// <exception cref="RanksException">The ranks cannot share out the shards.</exception>
    public Trainer(
        ILanguageModel model,
        TokenSequence tokens,
        TrainerOptions? options = null,
        TimeProvider? time = null,
        TrainingParts? parts = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        _model = model;
        options ??= new TrainerOptions();
        _time = time ?? TimeProvider.System;
        _sampler = parts?.Sampler ?? options.CreateSampler();
        (_tokens, var heldOut) = Split(tokens, options, parts?.Validation);
        _sampler.CheckLength(_tokens.Length);
        options.RequireShards(_sampler.BatchSize);
        _group = RankGroup.Of(parts?.Ranks, options.Shards);
        _sampler = _group is null ? _sampler : _sampler.Share(_group.Rank, _group.Count);
        _optimizer = parts?.Optimizer is { } optimizer
            ? TrainingParts.Made(nameof(TrainingParts.Optimizer), optimizer(model.Parameters))
            : options.CreateOptimizer(model.Parameters);
        _schedule = parts?.Schedule is { } schedule
            ? TrainingParts.Made(nameof(TrainingParts.Schedule), schedule())
            : options.CreateSchedule();
        _options = options with
        {
            Validation = parts?.Validation is null || options.ValidationLines ? options.Validation : 0,
            BatchSize = _sampler.BatchSize,
            Steps = _sampler.Steps,
            LearningRate = _schedule.Rate,
            WarmupUpdates = _schedule.Warmup,
        };
        _partNames = new PartNames(
            parts?.Optimizer is null ? null : _optimizer.Name,
            parts?.Schedule is null ? null : _schedule.Name,
            parts?.Sampler is null ? null : _sampler.Name
        );
        var pool = new TensorPool(model.Device, recyclesTensors: !model.KeepsTensors);
        var isLocal = options.LocalSteps is not null;
        _step = new TrainingStep(model, _optimizer, pool, isLocal ? 1 : options.Shards, isLocal ? null : _group)
        {
            ClipNorm = _options.ClipNorm,
            ClipValue = _options.ClipValue,
        };
        _local = isLocal ? new LocalSteps(model, _optimizer, pool, _step, options, _group) : null;
        _norms = new SquaredNorms(model.Device, model.Parameters.Count);
        _state = model.InitialState(_sampler.Rows);
        _good = new GoodPoint(RunTensors(withinRound: false), _state);
        _last = _options.AveragedEpochs is { } averaged ? new LastWeights(model.Parameters, averaged) : null;
        (TrainedOn, HeldOut, IsOwnValidation) = (_tokens, heldOut, parts?.Validation is not null);
        if (heldOut is not null)
        {
            var (rank, ranks) = _group is null ? (0, 1) : (_group.Rank, _group.Count);
            _heldOut = new(heldOut, _sampler.BatchSize, _sampler.Steps, pool, rank, ranks);
            _heldOutAlone = _group is null ? _heldOut : new(heldOut, _sampler.BatchSize, _sampler.Steps, pool);
            _best = new BestModel(model.Parameters);
        }
    }

    /// <summary>
    /// The settings of the run: those given, with the batch, steps, learning rate and warm-up of parts of your own.
    /// </summary>
    public TrainerOptions Options => _options;

    /// <summary>
    /// Those who are told how the run goes, in this order: of each minibatch, when the run stands still and may be
    /// saved, of each epoch, without a sample, and of each recovery. A <see cref="TrainingSession"/> tells more. With
    /// several ranks each tells its own.
    /// </summary>
    public IList<ITrainingObserver> Observers { get; } = [];

    /// <summary>
    /// A report of each whole epoch, from the first. A checkpoint keeps them in single precision, <see cref="Last"/>
    /// and <see cref="Best"/> whole.
    /// </summary>
    public IReadOnlyList<EpochReport> Reports => _reports;

    /// <summary>The last whole epoch; null before its end.</summary>
    public EpochReport? Last => _reports.Count > 0 ? _reports[^1] : null;

    /// <summary>
    /// The epoch with the lowest validation loss, as far as it had come then with
    /// <see cref="TrainerOptions.ValidateEvery"/>; null before the first validation, and without a validation text.
    /// </summary>
    public EpochReport? Best => _best?.Report;

    /// <summary>Each time that the run went back because a number was not finite, from the first to the last.</summary>
    public IReadOnlyList<TrainingRecovery> Recoveries => _recoveries;

    /// <summary>
    /// The last epochs of which <see cref="RestoreBest"/> gave the average; 0 where it gave the weights of one moment.
    /// </summary>
    internal int AveragedInBest { get; private set; }

    /// <summary>The tokens that it is trained on.</summary>
    internal TokenSequence TrainedOn { get; }

    /// <summary>Those that it is measured on; null for none.</summary>
    internal TokenSequence? HeldOut { get; }

    /// <summary>Tokens trained on up to the end of <see cref="Best"/>; 0 without one.</summary>
    internal long BestTokensTrained => _best?.TokensTrained ?? 0;

    /// <summary>The names of the parts that are the caller's own.</summary>
    internal PartNames PartNames => _partNames;

    /// <summary>Trains, one epoch for each report that is asked for, from where it stands.</summary>
    /// <param name="cancellationToken">
    /// Stops the run between two minibatches; with several ranks that of any one stops all, after the same minibatch.
    /// </param>
    /// <exception cref="OperationCanceledException">
    /// The run was stopped; the model is as the last minibatch left it.
    /// </exception>
    /// <exception cref="TrainingDivergedException">
    /// The loss, the gradient or a weight was not finite, and not for the first time: <see cref="MaxRecoveries"/>
    /// times the run went back to the beginning of the epoch, or its last 1,000th minibatch, and on with half the
    /// learning rate. The model is as it was there.
    /// </exception>
    /// <exception cref="RanksException">
    /// The ranks differ in their settings, text or version, or in their weights after an epoch, or one is lost.
    /// </exception>
    public IEnumerable<EpochReport> Run(CancellationToken cancellationToken = default)
    {
        Compare();
        StartClock();
        while (true)
        {
            Decide(result: null, cancellationToken);
            if (IsFinished)
            {
                break;
            }
            var report = RunEpoch(cancellationToken);
            Tell(observer => observer.EpochEnded(report, sample: null, EpochsExpected));
            yield return report;
        }
    }

    /// <summary>
    /// Gives the model the weights of the epoch with the lowest validation loss, or the average of the last ones if
    /// that is asked for and better; without a validation text they stay as they are, or become the average. For the
    /// end of a run: what continues from there is a different run.
    /// </summary>
    public void RestoreBest()
    {
        if (_last is not null && Last is { } last && !_isAveraged)
        {
            _last.Average(last.Epoch);
            _isAveraged = true;
            var best = Best;
            _best?.Consider(last with { ValidationLoss = MeasureHeldOut(_model) }, _tokensTrained);
            AveragedInBest =
                _best is null || !ReferenceEquals(Best, best) ? Math.Min(_options.AveragedEpochs ?? 0, last.Epoch) : 0;
        }
        _best?.Restore();
    }

    /// <summary>The tokens to train on, and those to measure on, if any.</summary>
    private static (TokenSequence Trained, TokenSequence? HeldOut) Split(
        TokenSequence tokens,
        TrainerOptions options,
        TokenSequence? own
    )
    {
        if (own is not null)
        {
            return own.Length >= 2
                ? (tokens, own)
                : throw new ArgumentException(
                    $"The validation text has {Sentences.Amount(own.Length, "tokens")} and at least 2 are needed; "
                        + "give a longer one."
                );
        }
        if (options.ValidationLines)
        {
            throw new ArgumentException(
                "A trainer does not know what a line is; use a TrainingSession, or leave ValidationLines out."
            );
        }
        var trained = tokens.Length - options.ValidationTokens(tokens.Length);
        return trained == tokens.Length
            ? (tokens, null)
            : (tokens.Slice(0, trained), tokens.Slice(trained, tokens.Length - trained));
    }

    private EpochReport RunEpoch(CancellationToken cancellationToken)
    {
        _epochStart = _time.GetTimestamp();
        if (_position.Minibatches == 0)
        {
            _state = _model.InitialState(_sampler.Rows);
            _good.Keep(_position, _state);
        }
        while (!TrainToEnd(cancellationToken)) { }
        return EndEpoch(_time.GetElapsedTime(_epochStart), cancellationToken);
    }

    /// <summary>Trains from where the run stands to the end of the epoch, or of the time.</summary>
    /// <returns>False where a number was not finite and the run went back.</returns>
    private bool TrainToEnd(CancellationToken cancellationToken)
    {
        try
        {
            TrainOnRest(cancellationToken);
            return true;
        }
        catch (NotFiniteException problem)
        {
            Recover(problem);
            return false;
        }
    }

    /// <exception cref="NotFiniteException">A number is not finite.</exception>
    private void TrainOnRest(CancellationToken cancellationToken)
    {
        var random = RandomStream.Batching(Seed);
        var before = _position.Minibatches; // those before a checkpoint or a good point
        foreach (var minibatch in _sampler.Epoch(_tokens, random, _position.Epoch, skip: before))
        {
            if (_group is null ? cancellationToken.IsCancellationRequested : _decided.Stops)
            {
                Settle();
                throw new OperationCanceledException(cancellationToken);
            }
            if (!_sampler.CarriesState)
            {
                _state = _model.InitialState(_sampler.Rows);
            }
            TrainOn(minibatch, cancellationToken);
            if (Here.Minibatches % Round == 0)
            {
                EndRound(cancellationToken);
            }
            for (var i = 0; i < Observers.Count; i++) // an enumerator would be allocated
            {
                Observers[i].MinibatchEnded();
            }
            if (IsOutOfTime)
            {
                break;
            }
        }
        Settle();
        if (_local is { IsWithinRound: true })
        {
            _local.EndRound();
        }
        RequireFiniteWeights();
    }

    /// <summary>Does what is due when the weights are the model's.</summary>
    private void EndRound(CancellationToken cancellationToken)
    {
        _local?.EndRound();
        var (tokens, ofRound) = (Here.Tokens, Round * TokensOfMinibatch);
        if (_options.ValidateEvery is { } every && tokens / every > (tokens - ofRound) / every)
        {
            Settle();
            ValidateWithinEpoch(cancellationToken);
        }
        if (Here.Minibatches / GoodInterval > (Here.Minibatches - Round) / GoodInterval)
        {
            Settle();
            RequireFiniteWeights();
            _good.Keep(_position, _state);
        }
    }

    /// <summary>
    /// One step; overwrites the state with that after the minibatch. What it gave is read at once, so that the run
    /// stands still after each minibatch, or after the next step has begun where the device computes ahead.
    /// </summary>
    /// <exception cref="NotFiniteException">
    /// The loss or the gradient is not finite: the model is to be taken back.
    /// </exception>
    private void TrainOn(Minibatch minibatch, CancellationToken cancellationToken)
    {
        var updates = Here.Updates;
        var dropout = RandomStream.Dropout(Seed).Fork((ulong)updates);
        var rate = _schedule.RateAt(updates, Progress) * RateScale;
        var result = _local is null
            ? _step.Run(minibatch, _state, dropout, rate)
            : _local.Run(minibatch, _state, dropout, rate);
        Settle();
        _unread = result;
        Decide(result, cancellationToken);
        if (_group is not null || _local is not null || !_model.Device.ComputesAhead)
        {
            Settle();
        }
    }

    /// <summary>Reads what the last step gave, unless that has been read.</summary>
    /// <exception cref="NotFiniteException">
    /// The loss or the gradient is not finite: the model is to be taken back.
    /// </exception>
    private void Settle()
    {
        if (_unread is not { } result)
        {
            return;
        }
        _unread = null;
        if (!result.IsFinite)
        {
            throw new NotFiniteException(result.Problem, _position.Minibatches + 1);
        }
        _position = _position.After(TokensOfMinibatch, result);
        Volatile.Write(ref _tokensTrained, _tokensTrained + TokensOfMinibatch);
    }

    private EpochReport EndEpoch(TimeSpan elapsed, CancellationToken cancellationToken)
    {
        RequireSameWeights();
        var report = _position.ToReport(elapsed) with
        {
            LearningRate = LearningRate,
            ValidationLoss = Validate(cancellationToken),
        };
        _best?.Consider(report, _tokensTrained);
        _last?.Keep(report.Epoch);
        _schedule.EndEpoch(report.ValidationLoss ?? report.Loss);
        _reports.Add(report);
        _position = _position.NextEpoch();
        return report;
    }

    private void Tell(Action<ITrainingObserver> what)
    {
        foreach (var observer in Observers)
        {
            what(observer);
        }
    }
}
