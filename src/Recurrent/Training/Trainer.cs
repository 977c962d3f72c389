using Recurrent.Batching;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>
/// Trains a language model: for each minibatch forward, loss, backward, clip, step. Pulled by its caller, an epoch at a
/// time; the same seed gives the same bits on any number of threads and any vector tier.
/// </summary>
public sealed partial class Trainer
{
    private readonly ILanguageModel _model;
    private readonly TokenSequence _tokens; // those trained on
    private readonly TrainerOptions _options;
    private readonly TimeProvider _time;
    private readonly BatchSampler _sampler;
    private readonly Optimizer _optimizer;
    private readonly LearningRateSchedule _schedule;
    private readonly Evaluation? _evaluation; // null without a validation text
    private readonly BestModel? _best; // null without a validation text
    private readonly TensorPool _pool;
    private readonly List<EpochReport> _reports = [];
    private TrainingPosition _position = new();
    private IReadOnlyList<KeyValuePair<string, string>>? _fingerprint; // null before the first checkpoint
    private ModelState _state;
    private long _tokensTrained;
    private long? _start; // by the clock, when it was first run; null before
    private long _epochStart; // by the clock, when it began or was taken up again

    /// <summary>Prepares a training.</summary>
    /// <param name="model">The model to train, in place.</param>
    /// <param name="tokens">
    /// The text as token indices; its end is the validation text, if the settings ask for one, and is not trained on.
    /// </param>
    /// <param name="options">The settings; null for the chapter's.</param>
    /// <param name="time">The clock that measures the speed; null for the system's.</param>
    /// <exception cref="ArgumentException">The text is too short for one minibatch, or for validation.</exception>
    public Trainer(
        ILanguageModel model,
        TokenSequence tokens,
        TrainerOptions? options = null,
        TimeProvider? time = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        _model = model;
        _options = options ?? new TrainerOptions();
        _time = time ?? TimeProvider.System;
        _sampler = _options.CreateSampler();
        var validation = _options.ValidationTokens(tokens.Length);
        _tokens = tokens[..^validation];
        _sampler.CheckLength(_tokens.Length);
        _optimizer = _options.CreateOptimizer(model.Parameters);
        _schedule = new(_options.Schedule, _options.LearningRate, _options.FinalRate, _options.WarmupSteps);
        _pool = new TensorPool(model.Device, recyclesTensors: !model.KeepsTensors);
        _norms = new SquaredNorms(model.Device, model.Parameters.Count);
        _state = model.InitialState(_options.BatchSize);
        _good = new GoodPoint(WeightsAndMoments(), _state);
        if (validation > 0)
        {
            _evaluation = new(tokens[^validation..], _options.BatchSize, _options.Steps, _pool);
            _best = new BestModel(model.Parameters);
        }
    }

    /// <summary>
    /// Tokens trained on so far, those of an unfinished epoch too; may be read from any thread, to show progress.
    /// </summary>
    public long TokensTrained => Volatile.Read(ref _tokensTrained);

    /// <summary>
    /// What each whole epoch came to, from the first. A checkpoint keeps them in single precision, <see cref="Last"/> and
    /// <see cref="Best"/> whole.
    /// </summary>
    public IReadOnlyList<EpochReport> Reports => _reports;

    /// <summary>The last whole epoch; null before its end.</summary>
    public EpochReport? Last => _reports.Count > 0 ? _reports[^1] : null;

    /// <summary>
    /// The epoch under way as far as it has come, without validation; null between two epochs. From another thread than the
    /// training's it is close, to show progress.
    /// </summary>
    public EpochReport? Unfinished =>
        _position is { Minibatches: > 0 and var minibatches } position
            ? new EpochReport(
                position.Epoch,
                position.LossSum / position.Tokens,
                position.Tokens,
                position.NormSum / minibatches,
                position.ElapsedBefore + _time.GetElapsedTime(_epochStart)
            )
            : null;

    /// <summary>The epoch with the lowest validation loss; null before the first one's end, and without a validation text.</summary>
    public EpochReport? Best => _best?.Report;

    /// <summary>Tokens trained on up to the end of <see cref="Best"/>; 0 without one.</summary>
    public long BestTokensTrained => _best?.TokensTrained ?? 0;

    /// <summary>Whether no epoch of the last <see cref="TrainerOptions.Patience"/> was better than the best before.</summary>
    public bool IsOutOfPatience =>
        _options.Patience is { } patience
        && Best is { } best
        && Last is { } last
        && last.Epoch - best.Epoch >= patience;

    /// <summary>
    /// Called after each minibatch, when the training stands still and may be saved; null, the default, for nothing.
    /// </summary>
    public Action? AfterMinibatch { get; set; }

    /// <summary>Trains, one epoch for each report that is asked for, from where it stands.</summary>
    /// <param name="cancellationToken">Stops the training between two minibatches.</param>
    /// <exception cref="OperationCanceledException">
    /// The training was stopped; the model is as the last minibatch left it.
    /// </exception>
    /// <exception cref="TrainingDivergedException">
    /// The loss, the gradient or a weight was not finite, and not for the first time: <see cref="MaxRecoveries"/> times the
    /// training went back to the beginning of the epoch, or its last 1,000th minibatch, and on with half the learning rate. The
    /// model is as it was there.
    /// </exception>
    public IEnumerable<EpochReport> Run(CancellationToken cancellationToken = default)
    {
        _start ??= _time.GetTimestamp();
        while (_position.Epoch <= _options.Epochs && !IsOutOfPatience && !IsOutOfTime)
        {
            yield return RunEpoch(cancellationToken);
        }
    }

    /// <summary>
    /// Gives the model the weights of the epoch with the lowest validation loss; without one they stay as they are. For the
    /// end of a training: going on from there is another training.
    /// </summary>
    public void RestoreBest() => _best?.Restore();

    private EpochReport RunEpoch(CancellationToken cancellationToken)
    {
        _epochStart = _time.GetTimestamp();
        if (_position.Minibatches == 0)
        {
            _state = _model.InitialState(_options.BatchSize);
            _good.Keep(_position, _state);
        }
        while (TrainToEnd(cancellationToken) is { } problem)
        {
            Recover(problem);
        }
        return EndEpoch(_position.ElapsedBefore + _time.GetElapsedTime(_epochStart), cancellationToken);
    }

    /// <summary>Trains from where the training stands to the end of the epoch, or of the time.</summary>
    /// <returns>What is not finite, and in which minibatch; null if all is well.</returns>
    private (string What, int Minibatch)? TrainToEnd(CancellationToken cancellationToken)
    {
        var random = RandomStreams.Batching(_options.Seed);
        var before = _position.Minibatches; // those before a checkpoint or a good point
        foreach (var minibatch in _sampler.Epoch(_tokens, random, _position.Epoch, skip: before))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_sampler.CarriesState)
            {
                _state = _model.InitialState(_options.BatchSize);
            }
            if (TrainOn(minibatch) is { } problem)
            {
                return problem;
            }
            if (_position.Minibatches % GoodInterval == 0)
            {
                if (WeightsProblem() is { } badly)
                {
                    return badly;
                }
                _good.Keep(_position, _state);
            }
            AfterMinibatch?.Invoke();
            if (IsOutOfTime)
            {
                break;
            }
        }
        return WeightsProblem();
    }

    private EpochReport EndEpoch(TimeSpan elapsed, CancellationToken cancellationToken)
    {
        var position = _position;
        var report = new EpochReport(
            position.Epoch,
            position.LossSum / position.Tokens,
            position.Tokens,
            position.NormSum / position.Minibatches,
            elapsed
        )
        {
            ValidationLoss = Validate(cancellationToken),
        };
        _best?.Consider(report, _tokensTrained);
        _schedule.EndEpoch(report.ValidationLoss ?? report.Loss);
        _reports.Add(report);
        _position = new TrainingPosition { Epoch = position.Epoch + 1, Steps = position.Steps };
        return report;
    }

    /// <summary>One step; overwrites the state with that after the minibatch.</summary>
    /// <returns>What is not finite, in which case there was no step; null if all is well.</returns>
    private (string What, int Minibatch)? TrainOn(Minibatch minibatch)
    {
        using var scope = _pool.OpenScope();
        var position = _position;
        var dropout = RandomStreams.Dropout(_options.Seed).Fork((ulong)position.Steps);
        var (batch, steps) = (minibatch.Batch, minibatch.X.Length / minibatch.Batch);
        var x = Indices.Transposed(_model.Device, minibatch.X.Span, batch, steps);
        var (logits, next) = _model.Forward(x, _state, dropout);
        var y = Indices.Transposed(_model.Device, minibatch.Y.Span, batch, steps);
        var loss = Tensor.SoftmaxCrossEntropy(logits, y);
        var lossValue = loss.ToScalar();
        if (!float.IsFinite(lossValue))
        {
            return ($"the loss is {lossValue}", position.Minibatches + 1);
        }
        for (var i = 0; i < _model.Parameters.Count; i++) // an enumerator would be allocated
        {
            _model.Parameters[i].Value.ClearGradient();
        }
        loss.Backward();
        var norm = Clip();
        if (!double.IsFinite(norm))
        {
            return ($"the gradient's norm is {norm}", position.Minibatches + 1);
        }
        _optimizer.Step(_schedule.RateAt(position.Steps, Progress) * RateScale);
        _state.CopyFrom(next);

        position.Steps++;
        position.Minibatches++;
        position.Tokens += minibatch.X.Length;
        position.LossSum += (double)lossValue * minibatch.X.Length;
        position.NormSum += norm;
        Volatile.Write(ref _tokensTrained, _tokensTrained + minibatch.X.Length);
        return null;
    }

    /// <summary>Clips the gradient; returns its norm before.</summary>
    private double Clip()
    {
        if (_options.ClipValue is { } most)
        {
            var norm = GradientClipping.GlobalNorm(_model.Parameters);
            GradientClipping.ByValue(_model.Parameters, most);
            ClipNorm();
            return norm;
        }
        return ClipNorm();
    }

    private double ClipNorm() =>
        _options.ClipNorm is { } maxNorm
            ? GradientClipping.ByGlobalNorm(_model.Parameters, maxNorm)
            : GradientClipping.GlobalNorm(_model.Parameters);
}
