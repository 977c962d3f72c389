using System.Globalization;
using System.Threading.Channels;

namespace Recurrent.Cli.Hosting;

/// <summary>
/// Notes that are written one after the other elsewhere, so that nobody waits for a reader of standard error. Where
/// that one has stalled for long, notes are left out, and it is told how many.
/// </summary>
internal sealed class NoteQueue : IAsyncDisposable
{
    /// <summary>The number of notes that may wait.</summary>
    public const int MostWaiting = 10_000;

    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(1);

    private readonly Channel<string> _waiting;
    private readonly TextWriter _writer;
    private readonly TimeProvider _time;
    private readonly Task _writing;
    private int _leftOut;

    /// <summary>Begins to write what will be added.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="time">The clock.</param>
    public NoteQueue(TextWriter writer, TimeProvider time)
    {
        (_writer, _time) = (writer, time);
        _waiting = Channel.CreateBounded<string>(
            new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite },
            _ => Interlocked.Increment(ref _leftOut)
        );
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Adds a note.</summary>
    public void Add(string note) => _waiting.Writer.TryWrite(note);

    /// <summary>Waits for what there is to be written, but not for a reader that has stalled.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.WaitAsync(s_longestEnd, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteAsync()
    {
        await foreach (var note in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            _writer.WriteLine(note);
            if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and var count)
            {
                var number = count.ToString("#,0", CultureInfo.InvariantCulture);
                _writer.WriteLine($"{number} lines were left out here, because nobody has read those before them.");
            }
        }
    }
}
