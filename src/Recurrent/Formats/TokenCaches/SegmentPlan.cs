using System.Text;
using Recurrent.Text;

namespace Recurrent.Formats.TokenCaches;

/// <summary>Where a text in a file is cut so that its segments can be read side by side.</summary>
internal static class SegmentPlan
{
    private const int PartLength = 1 << 12; // bytes

    /// <summary>Cuts a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="options">The way it becomes tokens.</param>
    /// <returns>
    /// The first byte of each segment, and the number of all bytes; null for a text that must be read in one pass, or
    /// is no longer than a segment.
    /// </returns>
    public static IReadOnlyList<long>? Of(Stream text, CorpusOptions options)
    {
        if (!text.CanSeek || text.Length <= options.SegmentLength)
        {
            return null;
        }
        var beginning = new byte[4];
        text.ReadExactly(beginning);
        if (StartOf(beginning, options) is not { } start)
        {
            return null;
        }
        List<long> starts = [start];
        var (cuts, bytes) = (new SegmentCuts(options.SegmentLength), new byte[PartLength]);
        while (start + cuts.Next < text.Length)
        {
            text.Position = start + cuts.Next;
            cuts.Skip();
            if (FindCut(text, cuts, bytes) is not { } cut)
            {
                break;
            }
            if (!IsHarmless(text, cut, options))
            {
                return null;
            }
            starts.Add(cut);
        }
        return starts.Count > 1 ? [.. starts, text.Length] : null;
    }

    /// <summary>The first byte after a byte order mark; null for another encoding than UTF-8.</summary>
    private static long? StartOf(ReadOnlySpan<byte> beginning, CorpusOptions options) =>
        options.IsRaw ? 0
        : beginning.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length
        : beginning is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, 0, 0xFE, 0xFF] ? null
        : options.Encoding is null || options.Encoding.CodePage == Encoding.UTF8.CodePage ? 0
        : null;

    /// <summary>Finds the next cut, from where the text stands on; null where there is none before its end.</summary>
    private static long? FindCut(Stream text, SegmentCuts cuts, byte[] bytes)
    {
        while (text.Read(bytes) is > 0 and var count)
        {
            for (var taken = 0; taken < count; )
            {
                taken += cuts.Take(bytes.AsSpan(taken, count - taken), out var isCut);
                if (isCut)
                {
                    var cut = text.Position - count + taken;
                    return cut < text.Length ? cut : null;
                }
            }
        }
        return null;
    }

    /// <summary>Whether the tokens on both sides of a cut are the same as if there were none.</summary>
    private static bool IsHarmless(Stream text, long cut, CorpusOptions options)
    {
        var bytes = new byte[5];
        text.Position = cut - 1;
        var count = text.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (options.Normalization == Normalization.None && options.Tokenizer != Tokenizer.Words)
        {
            return true; // a token is within a character
        }
        if (bytes[0] != '\n')
        {
            return false; // a word may go on
        }
        Rune.DecodeFromUtf8(bytes.AsSpan(1, count - 1), out var first, out _);
        return options.Normalization == Normalization.Letters || !Rune.IsWhiteSpace(first);
    }
}
