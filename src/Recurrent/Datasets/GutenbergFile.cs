using System.Text;

namespace Recurrent.Datasets;

/// <summary>
/// A book of Project Gutenberg, enclosed by two lines that name it: <c>*** START OF THE PROJECT GUTENBERG EBOOK TITLE
/// ***</c> and <c>*** END OF THE PROJECT GUTENBERG EBOOK TITLE ***</c>. A copy is right if it has both. A checksum
/// would not do, because the header and the notes around them change from time to time.
/// </summary>
/// <param name="url">The address it is published at.</param>
/// <param name="fileName">Its name in the cache folder.</param>
/// <param name="title">The title as those lines give it; upper and lower case are the same.</param>
internal sealed class GutenbergFile(Uri url, string fileName, string title) : DownloadedFile(url, fileName)
{
    public override string RightCopy => $"a copy of that file, Project Gutenberg's {title},";

    public override string? Fault(ReadOnlySpan<byte> copy) =>
        Find(copy) is null
            ? $"the {copy.Length:#,0} bytes received are not Project Gutenberg's {title}, from its START line to its "
                + "END line"
            : null;

    /// <summary>Returns the part between the two lines, without the empty lines around it.</summary>
    public override byte[] Text(byte[] copy) =>
        Find(copy) is { } text
            ? copy[text]
            : throw new ArgumentException($"This is not Project Gutenberg's {title}.", nameof(copy));

    /// <summary>Finds the text; returns null if there is none between two such lines.</summary>
    private Range? Find(ReadOnlySpan<byte> copy)
    {
        int? start = null; // after the START line
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

    /// <summary>
    /// Tells whether a line is the marker with that word and this title; older copies say THIS instead of THE.
    /// </summary>
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
