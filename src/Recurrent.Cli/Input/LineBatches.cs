using System.Collections.Concurrent;
using System.Text;
using Recurrent.Text;

namespace Recurrent.Cli.Input;

/// <summary>
/// The lines of a stream in order, as many at once as are available: a full batch from a file, a single line from a log
/// that grows line by line.
/// </summary>
internal sealed class LineBatches : IDisposable
{
    private const int PartLength = 1 << 12; // bytes

    private readonly int _max;
    private readonly StreamReader _reader;
    private readonly BlockingCollection<string> _lines;
    private Exception? _error;

    /// <summary>Starts reading.</summary>
    /// <param name="stream">Text; invalid bytes are read as U+FFFD. The stream is closed at its end.</param>
    /// <param name="origin">Its name in error messages.</param>
    /// <param name="max">The maximum number of lines at once.</param>
    /// <param name="encoding">The encoding of text without a byte order mark; null for UTF-8.</param>
    public LineBatches(Stream stream, string origin, int max, Encoding? encoding = null)
    {
        _max = max;
        var text = encoding is null ? new PieceStream(Checked(stream, origin)) : stream;
        _reader = new StreamReader(text, encoding ?? Encoding.UTF8);
        _lines = new BlockingCollection<string>(boundedCapacity: 2 * max);
        // A background thread, because a read of standard input cannot be cancelled.
        new Thread(ReadAll) { IsBackground = true }.Start();
    }

    /// <summary>Waits for lines.</summary>
    /// <returns>At least one line; none at the end of the stream.</returns>
    /// <exception cref="IOException">The stream failed; the lines before that have been returned.</exception>
    /// <exception cref="TextFormatException">It is another kind of file than a text.</exception>
    public IReadOnlyList<string> Next(CancellationToken cancellationToken)
    {
        var batch = new List<string>();
        if (_lines.TryTake(out var first, Timeout.Infinite, cancellationToken))
        {
            batch.Add(first);
            while (batch.Count < _max && _lines.TryTake(out var next))
            {
                batch.Add(next);
            }
            return batch;
        }
        return _error switch
        {
            null => batch,
            TextFormatException text => throw text,
            var error => throw new IOException(error.Message, error),
        };
    }

    /// <summary>Stops reading.</summary>
    public void Dispose() => _lines.CompleteAdding();

    private void ReadAll()
    {
        try
        {
            using var reader = _reader;
            while (reader.ReadLine() is { } line)
            {
                _lines.Add(line);
            }
        }
        catch (Exception error) when (error is IOException or TextFormatException)
        {
            _error = error;
        }
        catch (InvalidOperationException)
        {
            // Nobody wants more lines.
        }
        _lines.CompleteAdding();
    }

    /// <summary>The bytes of a stream, which may be wrong here and there, but are no archive or model.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Checked(Stream stream, string origin)
    {
        using (stream)
        {
            var part = new byte[PartLength];
            for (var isFirst = true; stream.Read(part) is > 0 and var count; isFirst = false)
            {
                if (isFirst)
                {
                    RequireText(part.AsSpan(0, Math.Min(count, FileKind.Length)), origin);
                }
                yield return part.AsMemory(0, count);
            }
        }
    }

    private static void RequireText(ReadOnlySpan<byte> beginning, string origin)
    {
        // Letters such as BM begin texts, too; control characters such as these are in none but of wide characters.
        if (
            beginning.ContainsAnyInRange((byte)0, (byte)8)
            && !beginning.StartsWith(Encoding.Unicode.Preamble) // and so does UTF-32
            && !beginning.StartsWith(Encoding.BigEndianUnicode.Preamble)
            && FileKind.Of(beginning) is { } kind
        )
        {
            throw TextFormatException.Binary(origin, 0, kind);
        }
    }
}
