using Recurrent.Text;

namespace Recurrent.Formats.TokenCaches;

/// <summary>
/// The tokens of a long text, whose segments are in files, each of which is opened when a token of it is read.
/// </summary>
internal sealed class TokensInSegments : TokenSequence
{
    private readonly SegmentFile[] _segments;
    private readonly long[] _starts; // (segments + 1), the first token of each, and the number of all
    private readonly long _start;

    /// <summary>Describes the tokens.</summary>
    /// <param name="segments">The segments in their order.</param>
    /// <param name="most">The most tokens.</param>
    public TokensInSegments(SegmentFile[] segments, long most)
        : this(segments, StartsOf(segments), most) { }

    private TokensInSegments(SegmentFile[] segments, long[] starts, long most)
        : this(segments, starts, start: 0, Math.Min(starts[^1], most)) { }

    private TokensInSegments(SegmentFile[] segments, long[] starts, long start, long length)
        : base(length) => (_segments, _starts, _start) = (segments, starts, start);

    internal override ReadOnlyMemory<int> InMemory() => ToArray();

    private protected override TokenSequence Part(long start, long length) =>
        new TokensInSegments(_segments, _starts, _start + start, length);

    private protected override void Read(long start, Span<int> destination)
    {
        var token = _start + start;
        var found = Array.BinarySearch(_starts, token);
        for (var segment = found < 0 ? ~found - 1 : found; !destination.IsEmpty; segment++)
        {
            var count = (int)Math.Min(destination.Length, _starts[segment + 1] - token);
            if (count > 0)
            {
                _segments[segment].Tokens.CopyTo(token - _starts[segment], destination[..count]);
            }
            destination = destination[count..];
            token += count;
        }
    }

    private static long[] StartsOf(SegmentFile[] segments)
    {
        var starts = new long[segments.Length + 1];
        for (var i = 0; i < segments.Length; i++)
        {
            starts[i + 1] = starts[i] + segments[i].Length;
        }
        return starts;
    }
}

/// <summary>The tokens of one segment.</summary>
/// <param name="length">Their number.</param>
/// <param name="indexes">The index of each number, of shape (distinct tokens of the segment).</param>
/// <param name="open">Opens the file.</param>
internal sealed class SegmentFile(long length, int[] indexes, Func<TokenCacheFile> open) : IDisposable
{
    private readonly Lock _gate = new();
    private TokenCacheFile? _file;
    private volatile TokensInFile? _tokens; // null before the first is read
    private bool _isDisposed;

    /// <summary>The number of tokens.</summary>
    public long Length => length;

    /// <summary>The tokens.</summary>
    public TokensInFile Tokens => _tokens ?? Open();

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _file?.Dispose();
        }
    }

    private TokensInFile Open()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _tokens ??= (_file = open()).Tokens(indexes);
        }
    }
}
