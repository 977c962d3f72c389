using Recurrent.Batching;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// Trains a language model: for each minibatch forward, loss, backward, clip, step. Pulled by its caller, an epoch at a
/// time; the same seed gives the same bits on any number of threads and any vector tier.
/// </summary>
public sealed class Trainer
{
    private readonly ILanguageModel _model;
    private readonly ReadOnlyMemory<int> _tokens;
    private readonly TrainerOptions _options;
    private readonly TimeProvider _time;
    private readonly BatchSampler _sampler;
    private readonly Optimizer _optimizer;
    private readonly LearningRateSchedule _schedule;
    private readonly TensorPool _pool;
    private long _tokensTrained;
    private long _step; // minibatches so far, over all epochs

    /// <summary>Prepares a training.</summary>
    /// <param name="model">The model to train, in place.</param>
    /// <param name="tokens">The text as token indices.</param>
    /// <param name="options">The settings; null for the chapter's.</param>
    /// <param name="time">The clock that measures the speed; null for the system's.</param>
    /// <exception cref="ArgumentException">The text is too short for one minibatch.</exception>
    public Trainer(
        ILanguageModel model,
        ReadOnlyMemory<int> tokens,
        TrainerOptions? options = null,
        TimeProvider? time = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _tokens = tokens;
        _options = options ?? new TrainerOptions();
        _time = time ?? TimeProvider.System;
        _sampler = _options.CreateSampler();
        _sampler.CheckLength(tokens.Length);
        _optimizer = _options.CreateOptimizer(model.Parameters);
        _schedule = new LearningRateSchedule(_options);
        _pool = new TensorPool(reusesTensors: model is RecurrentLanguageModel); // other models may keep tensors
    }

    /// <summary>
    /// Tokens trained on so far, those of an unfinished epoch too; may be read from any thread, to show progress.
    /// </summary>
    public long TokensTrained => Volatile.Read(ref _tokensTrained);

    /// <summary>Trains, one epoch for each report that is asked for.</summary>
    /// <param name="cancellationToken">Stops the training between two minibatches.</param>
    /// <exception cref="OperationCanceledException">
    /// The training was stopped; the model is as the last minibatch left it.
    /// </exception>
    /// <exception cref="TrainingDivergedException">
    /// The loss or the gradient is not finite; the model is as the last good minibatch left it.
    /// </exception>
    public IEnumerable<EpochReport> Run(CancellationToken cancellationToken = default)
    {
        for (var epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            yield return RunEpoch(epoch, cancellationToken);
        }
    }

    private EpochReport RunEpoch(int epoch, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        var state = _model.InitialState(_options.BatchSize);
        var (loss, norm, tokens, minibatches) = (0.0, 0.0, 0L, 0);
        foreach (var minibatch in _sampler.Epoch(_tokens, RandomStreams.Batching(_options.Seed), epoch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            minibatches++;
            if (!_sampler.CarriesState)
            {
                state = _model.InitialState(_options.BatchSize);
            }
            var step = TrainOn(minibatch, state, (epoch, minibatches));
            loss += step.Loss * minibatch.X.Length;
            tokens += minibatch.X.Length;
            norm += step.Norm;
            Volatile.Write(ref _tokensTrained, _tokensTrained + minibatch.X.Length);
        }
        _schedule.EndEpoch(loss / tokens);
        return new EpochReport(epoch, loss / tokens, tokens, norm / minibatches, _time.GetElapsedTime(start));
    }

    /// <summary>How much of the training is done before a minibatch, 0 to 1; an epoch's offset may cost it its last minibatch.</summary>
    private double Progress((int Epoch, int Minibatch) place)
    {
        var minibatches = (_tokens.Length - 1) / ((double)_options.BatchSize * _options.Steps);
        var withinEpoch = Math.Min((place.Minibatch - 1) / Math.Floor(minibatches), 1);
        return (place.Epoch - 1 + withinEpoch) / _options.Epochs;
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

    /// <summary>One step; overwrites the state with that after the minibatch.</summary>
    private (double Loss, double Norm) TrainOn(
        Minibatch minibatch,
        ModelState state,
        (int Epoch, int Minibatch) place
    )
    {
        using var scope = _pool.OpenScope();
        var dropout = RandomStreams.Dropout(_options.Seed).Fork((ulong)_step);
        var (logits, next) = _model.Forward(minibatch.X.Span, minibatch.Batch, state, dropout);
        var loss = Tensor.SoftmaxCrossEntropy(logits, TimeMajor.Lent(minibatch.Y.Span, minibatch.Batch));
        RequireFinite("loss", loss.ToScalar(), place);
        for (var i = 0; i < _model.Parameters.Count; i++) // an enumerator would be allocated
        {
            _model.Parameters[i].Value.ClearGradient();
        }
        loss.Backward();
        var norm = Clip();
        RequireFinite("gradient's norm", norm, place);
        _optimizer.Step(_schedule.RateAt(_step, Progress(place)));
        _step++;
        state.CopyFrom(next);
        return (loss.ToScalar(), norm);
    }

    private void RequireFinite(string what, double value, (int Epoch, int Minibatch) place)
    {
        if (!double.IsFinite(value))
        {
            throw new TrainingDivergedException(
                $"Training stopped in epoch {place.Epoch}, minibatch {place.Minibatch}: the {what} is {value}, no finite number; "
                    + $"lower the learning rate ({_options.LearningRate}) or the clipping norm "
                    + $"({_options.ClipNorm?.ToString() ?? "none"})."
            );
        }
    }
}
