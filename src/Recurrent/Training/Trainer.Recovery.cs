using Recurrent.Tensors;

namespace Recurrent.Training;

// What a run does when a number stops being finite. Where it goes back to depends on the minibatch alone, not on
// the clock that checkpoints are written by, so that a run with such an accident ends in the same bytes each
// time.
public sealed partial class Trainer
{
    /// <summary>
    /// The number of times a run goes back, each time to continue with half the learning rate, before it gives up.
    /// </summary>
    public const int MaxRecoveries = 3;

    /// <summary>
    /// Minibatches of an epoch after which the run is kept to go back to, as it is at the epoch's beginning.
    /// </summary>
    internal const int GoodInterval = 1000;

    private readonly List<TrainingRecovery> _recoveries = [];
    private readonly GoodPoint _good;
    private readonly SquaredNorms _norms;

    /// <summary>The part of the learning rate that is left.</summary>
    private double RateScale => 1.0 / (1 << _recoveries.Count);

    /// <summary>Goes back to the good point with half the learning rate.</summary>
    /// <exception cref="TrainingDivergedException">
    /// That has been done too often; the model is that of the good point.
    /// </exception>
    private void Recover(NotFiniteException problem)
    {
        var (epoch, tokens) = (_position.Epoch, _position.Tokens);
        _unread = null;
        _good.Restore(_state);
        _local?.BeginRound();
        _position = _good.Position with { ElapsedBefore = _position.ElapsedBefore };
        _optimizer.ContinueFrom(_updatesBefore + _position.Updates);
        Volatile.Write(ref _tokensTrained, _tokensTrained - tokens + _position.Tokens);
        if (_recoveries.Count == MaxRecoveries)
        {
            throw new TrainingDivergedException(
                $"Training stopped in epoch {epoch}, minibatch {problem.Minibatch}: {problem.Message}, "
                    + $"which is not finite, and going back {MaxRecoveries} times with half the learning rate did not "
                    + $"help; lower the learning rate ({_options.LearningRate}) or "
                    + (_options.ClipNorm is { } norm ? $"the clipping norm ({norm})." : "clip the gradient.")
            );
        }
        var rate = _options.LearningRate * RateScale / 2;
        var recovery = new TrainingRecovery(epoch, problem.Minibatch, problem.Message, _position.Minibatches, rate);
        _recoveries.Add(recovery);
        Tell(observer => observer.Recovered(recovery));
    }

    /// <summary>Makes sure of the weights, which the last update may have brought beyond all bounds.</summary>
    /// <exception cref="NotFiniteException">One is not finite.</exception>
    private void RequireFiniteWeights()
    {
        for (var i = 0; i < _model.Parameters.Count; i++) // an enumerator would be allocated
        {
            _norms.Compute(i, _model.Parameters[i].Value);
        }
        var all = _norms.Read();
        for (var i = 0; i < all.Count; i++)
        {
            if (!double.IsFinite(all[i]))
            {
                throw new NotFiniteException(
                    $"the norm of {_model.Parameters[i].Name} is {all[i]}",
                    _position.Minibatches
                );
            }
        }
    }
}

/// <summary>
/// A number stopped being finite, and the run went back to where all was last well, with half the learning rate.
/// </summary>
/// <param name="Epoch">The epoch in which that was, from 1.</param>
/// <param name="Minibatch">The minibatch of the epoch, from 1.</param>
/// <param name="Problem">What was not finite, such as: the loss is NaN.</param>
/// <param name="BackTo">How many minibatches of the epoch were kept; 0 for its beginning.</param>
/// <param name="LearningRate">The full learning rate from then on.</param>
public sealed record TrainingRecovery(int Epoch, long Minibatch, string Problem, long BackTo, double LearningRate);

/// <summary>The loss or the gradient stopped being finite. The model is as the last good step left it.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <inheritdoc/>
    public TrainingDivergedException() { }

    /// <inheritdoc/>
    public TrainingDivergedException(string message)
        : base(message) { }

    /// <inheritdoc/>
    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException) { }
}

/// <summary>A number stopped being finite in a minibatch; caught within the trainer, which goes back.</summary>
/// <param name="problem">What is not finite, such as: the loss is NaN.</param>
/// <param name="minibatch">The minibatch of the epoch, from 1.</param>
internal sealed class NotFiniteException(string problem, long minibatch) : Exception(problem)
{
    /// <summary>The minibatch of the epoch, from 1.</summary>
    public long Minibatch { get; } = minibatch;
}
