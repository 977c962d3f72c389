using Recurrent.Ranges;

namespace Recurrent.Models;

/// <summary>
/// A model frozen for reading from left to right: after each token of a text it gives the logits of the next one. It
/// never changes, so threads may share it; a model that is trained further needs a new one.
/// </summary>
/// <remarks>What has been read is kept beside it, in the batch of streams or the search that reads with it.</remarks>
public abstract class Decoder
{
    private const int MostIdleRows = 256;
    private readonly List<DecoderState> _idle = [];

    /// <summary>Takes what every decoder has.</summary>
    /// <param name="vocabularySize">Vocabulary entries V, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no vocabulary.</exception>
    private protected Decoder(int vocabularySize)
    {
        VocabularySize = Within.AtLeast(1).Require(nameof(vocabularySize), vocabularySize);
    }

    /// <summary>Vocabulary entries V; a token is 0 to V − 1.</summary>
    public int VocabularySize { get; }

    /// <summary>Makes rows, or takes some that are no longer used, which hold what they may.</summary>
    /// <remarks>
    /// Memory that never moves costs a collection of the oldest generation now and then, which many short texts would
    /// feel.
    /// </remarks>
    /// <param name="capacity">Number of rows, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no row.</exception>
    internal DecoderState RentState(int capacity)
    {
        lock (_idle)
        {
            var found = _idle.FindLastIndex(state => state.Capacity == capacity);
            if (found >= 0)
            {
                var state = _idle[found];
                _idle.RemoveAt(found);
                return state;
            }
        }
        return CreateState(capacity);
    }

    /// <summary>Keeps rows for another to rent, unless enough are kept already.</summary>
    internal void ReturnState(DecoderState state)
    {
        lock (_idle)
        {
            if (_idle.Sum(idle => idle.Capacity) + state.Capacity <= MostIdleRows)
            {
                _idle.Add(state);
            }
        }
    }

    /// <summary>Makes rows that read side by side, each before any text.</summary>
    /// <param name="capacity">Number of rows, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no row.</exception>
    internal abstract DecoderState CreateState(int capacity);
}
