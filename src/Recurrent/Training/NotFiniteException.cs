namespace Recurrent.Training;

/// <summary>A number stopped being finite in a minibatch; caught within the trainer, which goes back.</summary>
/// <param name="problem">What is not finite, such as: the loss is NaN.</param>
/// <param name="minibatch">The minibatch of the epoch, from 1.</param>
internal sealed class NotFiniteException(string problem, long minibatch) : Exception(problem)
{
    /// <summary>The minibatch of the epoch, from 1.</summary>
    public long Minibatch { get; } = minibatch;
}
