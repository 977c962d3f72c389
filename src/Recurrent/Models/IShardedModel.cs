using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// A model whose operators sum over rows by shards, and else compute each row of a batch by itself, so that it may read
/// the rows of all shards at once.
/// </summary>
internal interface IShardedModel : ILanguageModel
{
    /// <summary>Reads a minibatch of shards.</summary>
    /// <param name="tokens">Tokens (steps, batch), in shards.</param>
    /// <param name="state">The state before.</param>
    /// <param name="dropout">Where dropout draws the masks of each shard; null for none.</param>
    /// <returns>The logits (steps·batch, vocabulary), and the state after the minibatch.</returns>
    (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, DropoutStreams? dropout);
}
