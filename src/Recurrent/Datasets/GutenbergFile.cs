using System.Text;

namespace Recurrent.Datasets;

/// <summary>
/// A book of Project Gutenberg, which stands between two lines that name it: <c>*** START OF THE PROJECT GUTENBERG EBOOK
/// TITLE ***</c> and <c>*** END OF THE PROJECT GUTENBERG EBOOK TITLE ***</c>. A copy is right when it has both:
/// the header and the notes around them change from time to time, so that no checksum would last.
/// </summary>
/// <param name="url">Where it is published.</param>
/// <param name="fileName">What it is called in the cache folder.</param>
/// <param name="title">The title as those lines give it, in any case.</param>
internal sealed class GutenbergFile(Uri url, string fileName, string title) : DownloadedFile(url, fileName)
{
    public override string RightCopy => $"a copy of that file, Project Gutenberg's {title},";

    public override string? Fault(ReadOnlySpan<byte> copy) =>
        Find(copy) is null
            ? $"the {copy.Length} bytes that came are not Project Gutenberg's {title}, from its START line to its END line"
            : null;

    /// <summary>What stands between the two lines, without the empty lines around it.</summary>
    public override byte[] Text(byte[] copy) =>
        Find(copy) is { } text
            ? copy[text]
            : throw new ArgumentException($"This is not Project Gutenberg's {title}.", nameof(copy));

    /// <summary>Where the text lies; null where there is none between two such lines.</summary>
    private Range? Find(ReadOnlySpan<byte> copy)
    {
        int? start = null; // behind the START line
        for (var lineStart = 0; lineStart < copy.Length; )
        {
            var length = copy[lineStart..].IndexOf((byte)'\n');
            var lineEnd = length < 0 ? copy.Length : lineStart + length + 1;
            var line = copy[lineStart..lineEnd];
            if (start is null && IsMarker("START"u8, line))
            {
                start = lineEnd;
            }
            else if (start is { } first && IsMarker("END"u8, line))
            {
                var text = copy[first..lineStart].Trim("\r\n"u8);
                first += copy[first..].IndexOfAnyExcept((byte)'\r', (byte)'\n');
                return text.IsEmpty ? null : first..(first + text.Length);
            }
            lineStart = lineEnd;
        }
        return null;
    }

    /// <summary>Whether a line is the marker of that word and of this title; older copies say THIS for THE.</summary>
    private bool IsMarker(ReadOnlySpan<byte> word, ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("*** "u8) || !line[4..].StartsWith(word))
        {
            return false;
        }
        var rest = Encoding.UTF8.GetString(line[(4 + word.Length)..]).TrimEnd();
        return Names($" OF THE PROJECT GUTENBERG EBOOK {title} ***")
            || Names($" OF THIS PROJECT GUTENBERG EBOOK {title} ***");

        bool Names(string marker) => rest.Equals(marker, StringComparison.OrdinalIgnoreCase);
    }
}
