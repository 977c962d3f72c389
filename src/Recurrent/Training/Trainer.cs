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
    private readonly Sgd _optimizer;
    private readonly TensorPool _pool;
    private long _tokensTrained;
    private ulong _step; // minibatches so far, over all epochs

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
        _optimizer = new Sgd(_options.LearningRate);
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
        return new EpochReport(epoch, loss / tokens, tokens, norm / minibatches, _time.GetElapsedTime(start));
    }

    /// <summary>One step; overwrites the state with that after the minibatch.</summary>
    private (double Loss, double Norm) TrainOn(
        Minibatch minibatch,
        ModelState state,
        (int Epoch, int Minibatch) place
    )
    {
        using var scope = _pool.OpenScope();
        var dropout = RandomStreams.Dropout(_options.Seed).Fork(_step++);
        var (logits, next) = _model.Forward(minibatch.X.Span, minibatch.Batch, state, dropout);
        var loss = Tensor.SoftmaxCrossEntropy(logits, TimeMajor.Lent(minibatch.Y.Span, minibatch.Batch));
        RequireFinite("loss", loss.ToScalar(), place);
        for (var i = 0; i < _model.Parameters.Count; i++) // an enumerator would be allocated
        {
            _model.Parameters[i].Value.ClearGradient();
        }
        loss.Backward();
        var norm = _options.ClipNorm is { } maxNorm
            ? GradientClipping.ByGlobalNorm(_model.Parameters, maxNorm)
            : GradientClipping.GlobalNorm(_model.Parameters);
        RequireFinite("gradient's norm", norm, place);
        _optimizer.Step(_model.Parameters);
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
