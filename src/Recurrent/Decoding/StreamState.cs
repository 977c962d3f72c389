using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>
/// A stream's whole state as values that outlive its slot and its batch: what the decoder keeps, the sampler's
/// position, the last tokens, which the repetition penalty and incomplete characters are made of, held-back text and
/// the tokens that are still to be read. It never changes.
/// </summary>
public sealed class StreamState
{
    private const int Overhead = 200; // bytes of objects and arrays beside what they hold

    internal StreamState(DecoderRow row, SamplerState sampler) => (Row, Sampler) = (row, sampler);

    /// <summary>
    /// Number of tokens of the text: of its prompt, those of them that have been read, and those chosen.
    /// </summary>
    public long Position => Taken + AheadAgain;

    /// <summary>
    /// The number of those that are behind, and not <see cref="Ahead"/> because they are to be read again.
    /// </summary>
    internal long Taken { get; init; }

    /// <summary>The decoder's state after all tokens behind but the last.</summary>
    internal DecoderRow Row { get; }

    /// <summary>The sampler's part.</summary>
    internal SamplerState Sampler { get; }

    /// <summary>Text that is held back because it may become a stop string.</summary>
    internal string Held { get; init; } = "";

    /// <summary>Whether a space goes without saying before the next chosen token.</summary>
    internal bool SpaceIsThere { get; init; }

    /// <summary>Tokens that are known to follow, of a prompt or of a text that was gone back in.</summary>
    internal KnownToken[] Ahead { get; init; } = [];

    /// <summary>The number of those that have been events before.</summary>
    internal int AheadAgain { get; init; }

    /// <summary>The way here; null where it was not kept.</summary>
    internal StreamHistory? History { get; init; }

    /// <summary>The state after fewer tokens of the same text, from which it goes on as it did.</summary>
    /// <param name="position">
    /// Tokens of the text that stay, from 0 or where the way here begins to <see cref="Position"/>.
    /// </param>
    /// <exception cref="InvalidOperationException">The stream was not one that can go back.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The text has no such position.</exception>
    public StreamState Rewind(long position) =>
        (
            History
            ?? throw new InvalidOperationException(
                $"The stream kept no way back; set {nameof(StreamOptions.CanRewind)} when it is admitted or restored."
            )
        ).Rewind(position, Position);

    /// <summary>The first position that <see cref="Rewind"/> takes; there is none where it takes none.</summary>
    internal long? Earliest => History?.First;

    /// <summary>The memory that it takes, in bytes, with that of the way here.</summary>
    internal long Bytes =>
        Overhead
        + Row.Bytes
        + (Sampler.Recent.Length * sizeof(int))
        + (Sampler.Counts.Length * 2 * sizeof(int))
        + (Held.Length * sizeof(char))
        + (Ahead.Length * StreamHistory.BytesOfToken)
        + (History?.Bytes ?? 0);

    /// <summary>This state without what is ahead and the way here.</summary>
    internal StreamState Behind() =>
        new(Row, Sampler)
        {
            Taken = Taken,
            Held = Held,
            SpaceIsThere = SpaceIsThere,
        };

    /// <summary>The state of a prompt that goes this far, whatever was done with one of the same tokens.</summary>
    internal StreamState AsPrompt() => new(Row, new SamplerState(0, Sampler.Recent, [])) { Taken = Taken };

    /// <summary>This state with a prompt to read after all else.</summary>
    internal StreamState Before(Prompt prompt) =>
        new(Row, Sampler)
        {
            Taken = Taken,
            Held = Held,
            SpaceIsThere = SpaceIsThere || (prompt.ImpliesSpace && prompt.Tokens.IsEmpty),
            Ahead = Ahead.Length == 0 ? KnownToken.Of(prompt) : [.. Ahead, .. KnownToken.Of(prompt)],
            AheadAgain = AheadAgain,
            History = History,
        };

    /// <summary>This state with another token in the place of the last; no stop string was looked for in it.</summary>
    internal StreamState Ending(int token) =>
        new(Row, Sampler with { Recent = [.. Sampler.Recent.AsSpan(0, Sampler.Recent.Length - 1), token] })
        {
            Taken = Taken,
        };

    /// <exception cref="ArgumentOutOfRangeException">A token is not one of a vocabulary.</exception>
    internal void RequireTokensBelow(int vocabularySize)
    {
        foreach (var known in Ahead)
        {
            Require(known.Token);
        }
        foreach (var token in Sampler.Recent)
        {
            Require(token);
        }
        foreach (var (token, _) in Sampler.Counts)
        {
            Require(token);
        }

        void Require(int token)
        {
            if ((uint)token >= (uint)vocabularySize)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(token),
                    $"A token is {token} and must be 0 to {vocabularySize - 1}; use the model's own codec."
                );
            }
        }
    }
}
