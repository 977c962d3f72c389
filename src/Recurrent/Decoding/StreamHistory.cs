namespace Recurrent.Decoding;

/// <summary>
/// The tokens of a stream and its state after every 64th of them, from which the others are read again.
/// </summary>
internal sealed class StreamHistory
{
    /// <summary>Tokens from one kept state to the next.</summary>
    public const int Interval = 64;

    /// <summary>The memory of a token, in bytes.</summary>
    public const int BytesOfToken = 3 * sizeof(int);

    private const int BytesBesideRow = 512; // of a state: its sampler's part and objects

    private readonly List<KnownToken> _tokens; // from the first kept state
    private readonly List<StreamState> _states; // by position

    /// <summary>Begins with a state.</summary>
    public StreamHistory(StreamState first)
        : this([], [first]) { }

    private StreamHistory(List<KnownToken> tokens, List<StreamState> states) => (_tokens, _states) = (tokens, states);

    /// <summary>The position after the last token.</summary>
    public long End => First + _tokens.Count;

    /// <summary>The position that it begins at.</summary>
    public long First => _states[0].Taken;

    /// <summary>The memory that it takes, in bytes.</summary>
    public long Bytes => ((long)_tokens.Count * BytesOfToken) + _states.Sum(state => state.Bytes);

    /// <summary>The memory that a text of some length takes, in bytes, more or less.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="rowBytes">The memory of what the decoder keeps.</param>
    public static long BytesOf(long tokens, long rowBytes) =>
        (tokens * BytesOfToken) + (tokens / Interval * (rowBytes + BytesBesideRow));

    /// <summary>A copy, which goes its own way.</summary>
    public StreamHistory Copy() => new([.. _tokens], [.. _states]);

    /// <summary>Takes note of a token.</summary>
    public void Add(KnownToken token) => _tokens.Add(token);

    /// <summary>Whether the state after a number of tokens is one to keep.</summary>
    public bool Wants(long position) => position % Interval == 0 && position > _states[^1].Taken;

    /// <summary>Keeps a state.</summary>
    public void Add(StreamState state) => _states.Add(state);

    /// <summary>The state at a position, to be read again from the last that is kept before it.</summary>
    /// <param name="position">Tokens that stay.</param>
    /// <param name="now">Tokens that there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">The text has no such position.</exception>
    public StreamState Rewind(long position, long now)
    {
        if (position < First || position > now)
        {
            throw new ArgumentOutOfRangeException(
                nameof(position),
                $"The position is {position} and must be {First} to {now}; the way back goes no further."
            );
        }
        var kept = _states.FindLast(state => state.Taken <= position)!;
        var before = (int)(kept.Taken - First);
        var again = _tokens[before..(int)(position - First)].ToArray();
        return new StreamState(kept.Row, kept.Sampler)
        {
            Taken = kept.Taken,
            Held = kept.Held,
            SpaceIsThere = kept.SpaceIsThere,
            Ahead = again,
            AheadAgain = again.Length,
            History = new(_tokens[..(int)(position - First)], _states.FindAll(state => state.Taken <= position)),
        };
    }

    /// <summary>The number of tokens from one position to another that were added to a prompt.</summary>
    public int Added(long from, long to) =>
        _tokens[(int)(from - First)..(int)(to - First)].Count(token => token.IsAdded);
}
