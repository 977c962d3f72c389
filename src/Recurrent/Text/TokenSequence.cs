namespace Recurrent.Text;

/// <summary>
/// Token indices in order, wherever they are kept: in memory (an array converts implicitly), or in the token cache of a
/// large text, from which only the requested parts are read. Any number of threads may read at once.
/// </summary>
/// <example>
/// <code>
/// TokenSequence tokens = corpus.Sequence;
/// var (most, rest) = (tokens[..^1000], tokens[^1000..]); // views, without a copy
/// </code>
/// </example>
public abstract class TokenSequence
{
    private protected TokenSequence(long length) => Length = length;

    /// <summary>The number of tokens.</summary>
    public long Length { get; }

    /// <summary>What the tokens of a long text are, known without reading them; null for others.</summary>
    internal TokenIdentity? Identity { get; set; }

    /// <summary>A part of the sequence; nothing is copied.</summary>
    /// <param name="range">Its first token and the one after its last, such as <c>1..^1</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sequence ends before the last of them.</exception>
    public TokenSequence this[Range range]
    {
        get
        {
            var start = PositionOf(range.Start);
            return Slice(start, PositionOf(range.End) - start);
        }
    }

    /// <summary>Wraps token indices in memory, of shape (length), without copying them.</summary>
    /// <param name="tokens">The token indices, possibly none.</param>
    public static TokenSequence Of(ReadOnlyMemory<int> tokens) => new TokensInMemory(tokens);

    /// <inheritdoc cref="Of"/>
    public static implicit operator TokenSequence(ReadOnlyMemory<int> tokens) => Of(tokens);

    /// <inheritdoc cref="Of"/>
    public static implicit operator TokenSequence(int[] tokens) => Of(tokens);

    /// <summary>Copies as many tokens as the destination holds.</summary>
    /// <param name="start">The position of the first token, from 0.</param>
    /// <param name="destination">The destination, of shape (number of tokens to copy).</param>
    /// <exception cref="ArgumentOutOfRangeException">The sequence ends before the last of them.</exception>
    /// <exception cref="IOException">The file that holds the tokens cannot be read.</exception>
    public void CopyTo(long start, Span<int> destination)
    {
        CheckRange(start, destination.Length);
        Read(start, destination);
    }

    /// <summary>Returns a part of the sequence; nothing is copied.</summary>
    /// <param name="start">The position of its first token, from 0.</param>
    /// <param name="length">The number of its tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sequence ends before the last of them.</exception>
    public TokenSequence Slice(long start, long length)
    {
        CheckRange(start, length);
        var part = Part(start, length);
        part.Identity = Identity?.From(start);
        return part;
    }

    /// <summary>Copies all tokens into a new array, of shape (<see cref="Length"/>).</summary>
    /// <exception cref="InvalidOperationException">There are more tokens than an array can hold.</exception>
    /// <exception cref="IOException">The file that holds the tokens cannot be read.</exception>
    public int[] ToArray()
    {
        if (Length > Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"The sequence has {Length:#,0} tokens and an array holds at most {Array.MaxLength:#,0}; read it in "
                    + "parts with CopyTo."
            );
        }
        var tokens = new int[Length];
        Read(0, tokens);
        return tokens;
    }

    /// <summary>Returns all tokens in memory; they are copied only if they are not there already.</summary>
    internal abstract ReadOnlyMemory<int> InMemory();

    private protected abstract TokenSequence Part(long start, long length);

    private protected abstract void Read(long start, Span<int> destination);

    private long PositionOf(Index index) => index.IsFromEnd ? Length - index.Value : index.Value;

    private void CheckRange(long start, long length)
    {
        if (start < 0 || start > Length || length < 0 || length > Length - start)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start),
                $"{length} tokens from position {start} on do not lie within the {Length} of the sequence; ask for "
                    + "fewer."
            );
        }
    }

    /// <summary>The sequence with other numbers for its tokens; in a file it is read as before.</summary>
    /// <param name="indices">The new index of each old one, of shape (distinct tokens).</param>
    internal TokenSequence Mapped(int[] indices) =>
        new MappedTokens(this, indices) { Identity = Identity?.Mapped(indices) };

    private sealed class MappedTokens(TokenSequence tokens, int[] indices) : TokenSequence(tokens.Length)
    {
        internal override ReadOnlyMemory<int> InMemory() => ToArray();

        private protected override TokenSequence Part(long start, long length) =>
            new MappedTokens(tokens.Slice(start, length), indices);

        private protected override void Read(long start, Span<int> destination)
        {
            tokens.CopyTo(start, destination);
            foreach (ref var token in destination)
            {
                token = indices[token];
            }
        }
    }

    private sealed class TokensInMemory(ReadOnlyMemory<int> tokens) : TokenSequence(tokens.Length)
    {
        internal override ReadOnlyMemory<int> InMemory() => tokens;

        private protected override TokenSequence Part(long start, long length) =>
            new TokensInMemory(tokens.Slice((int)start, (int)length));

        private protected override void Read(long start, Span<int> destination) =>
            tokens.Span.Slice((int)start, destination.Length).CopyTo(destination);
    }
}
