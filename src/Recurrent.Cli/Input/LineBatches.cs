using System.Collections.Concurrent;
using System.Text;

namespace Recurrent.Cli.Input;

/// <summary>
/// The lines of a stream in order, as many at once as are available: a full batch from a file, a single line from a log
/// that grows line by line.
/// </summary>
internal sealed class LineBatches : IDisposable
{
    private readonly int _max;
    private readonly StreamReader _reader;
    private readonly BlockingCollection<string> _lines;
    private Exception? _error;

    /// <summary>Starts reading.</summary>
    /// <param name="stream">Text; invalid bytes are read as U+FFFD. The stream is closed at its end.</param>
    /// <param name="max">The maximum number of lines at once.</param>
    /// <param name="encoding">The encoding of text without a byte order mark; null for UTF-8.</param>
    public LineBatches(Stream stream, int max, Encoding? encoding = null)
    {
        _max = max;
        _reader = new StreamReader(stream, encoding ?? Encoding.UTF8);
        _lines = new BlockingCollection<string>(boundedCapacity: 2 * max);
        // A background thread, because a read of standard input cannot be cancelled.
        new Thread(ReadAll) { IsBackground = true }.Start();
    }

    /// <summary>Waits for lines.</summary>
    /// <returns>At least one line; none at the end of the stream.</returns>
    /// <exception cref="IOException">The stream failed; the lines before that have been returned.</exception>
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
        return _error is null ? batch : throw new IOException(_error.Message, _error);
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
        catch (IOException error)
        {
            _error = error;
        }
        catch (InvalidOperationException)
        {
            // Nobody wants more lines.
        }
        _lines.CompleteAdding();
    }
}
