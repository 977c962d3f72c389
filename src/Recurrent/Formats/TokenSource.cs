using Recurrent.Files;
using Recurrent.Formats.TokenCaches;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>A text that can be opened again, and where its tokens are kept.</summary>
/// <param name="Open">Opens it from its beginning, the same bytes each time.</param>
/// <param name="Origin">Its name in error messages.</param>
/// <param name="CachePath">The file to keep the tokens in; its folder must exist.</param>
/// <param name="Options">The way it becomes tokens.</param>
internal sealed record TokenSource(
    Func<CancellationToken, Stream> Open,
    string Origin,
    string CachePath,
    CorpusOptions Options
)
{
    private const int PartLength = 1 << 16; // bytes

    /// <summary>Where the tokens are kept.</summary>
    public string CachePath { get; init; } =
        CachePath is { Length: > 0 } ? CachePath : throw new ArgumentException("The path of the token cache is empty.");

    /// <summary>Whether it is a segment of a text.</summary>
    public bool IsSegment { get; private init; }

    /// <summary>A segment as a text.</summary>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="length">Its bytes.</param>
    public TokenSource Segment(int number, long start, long length) =>
        this with
        {
            Open = cancellationToken => new PieceStream(Part(Open(cancellationToken), start, length)),
            CachePath = PathOf(number),
            IsSegment = true,
        };

    /// <summary>Deletes the files of segments that a text of so few does not have.</summary>
    /// <param name="count">The number of segments that it has.</param>
    public void DeleteFrom(int count)
    {
        for (var number = count; TryDelete(PathOf(number)); number++) { }
    }

    /// <summary>Deletes the file with the tokens, if there is one.</summary>
    public void Delete() => TryDelete(CachePath);

    private static bool TryDelete(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }
        using (var file = SharedFile.Open(path))
        {
            if (!TokenCacheFile.IsIn(file))
            {
                return false;
            }
        }
        File.Delete(path);
        return true;
    }

    private string PathOf(int number) => number == 0 ? CachePath : $"{CachePath}.{number + 1}";

    private static IEnumerable<ReadOnlyMemory<byte>> Part(Stream text, long start, long length)
    {
        using (text)
        {
            text.Position = start;
            var part = new byte[PartLength];
            while (length > 0 && text.Read(part, 0, (int)Math.Min(part.Length, length)) is > 0 and var count)
            {
                yield return part.AsMemory(0, count);
                length -= count;
            }
        }
    }
}

/// <summary>How the segments of a text are shared out.</summary>
/// <param name="Rank">The number of this process, from 0.</param>
/// <param name="Ranks">The number of processes that read the text.</param>
/// <param name="Gather">Gives the texts of all of them, in their order, for this one's.</param>
/// <param name="Threads">The threads of this process.</param>
internal sealed record SegmentSharing(int Rank, int Ranks, Func<string, string[]> Gather, int Threads)
{
    /// <summary>One process reads all of it.</summary>
    public static SegmentSharing Alone(int threads) => new(0, 1, text => [text], threads);
}
