using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// An exchange between several ranks that train one model together, each on its share of the rows (see
/// <see cref="Batching.BatchSampler.Share"/>), do between the way back and the update, so that all of them make the
/// same update.
/// </summary>
public interface IGradientExchange
{
    /// <summary>
    /// Replaces values by their mean over all ranks, each weighted by its rows. Every rank must get the same bits:
    /// the sum is to be taken in a fixed order. Each rank calls it once a minibatch, with values of the same shapes
    /// in the same order.
    /// </summary>
    /// <param name="values">The loss, of shape (1), and the gradients of this rank's rows; to be overwritten.</param>
    /// <param name="rows">This rank's rows of the minibatch.</param>
    /// <param name="cancellationToken">Ends the wait for the other ranks.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    void Average(IReadOnlyList<Tensor> values, int rows, CancellationToken cancellationToken);
}
