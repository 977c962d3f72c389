using System.Threading.Tasks.Sources;

namespace Recurrent.Server.Engines;

/// <summary>
/// Where one reader waits, again and again and without an allocation, for texts that an engine writes. The first is
/// told at once; the others when the interval's clock ticks, which all readers of an engine share.
/// </summary>
/// <param name="interval">The time for which texts are gathered, 0 or more.</param>
/// <param name="time">The clock.</param>
internal sealed class News(TimeSpan interval, TimeProvider time) : IValueTaskSource
{
    // Wake-ups a second of an engine's readers, above which each waits longer: sending would take the time of writing.
    private const int MostASecond = 6_400; // 64 readers, every 10 ms

    private const int Nothing = 0;
    private const int Told = 1;
    private const int Awaited = 2;

    private readonly long _interval = (long)(interval.TotalSeconds * time.TimestampFrequency);
    private readonly long _share = time.TimestampFrequency / MostASecond; // of one text, of an engine's time
    private ManualResetValueTaskSourceCore<bool> _reader;
    private int _state;
    private int _isSilent;

    // The engine's thread alone has these.
    private bool _isUrgent;
    private long _nextTick; // the first text is told at any time

    /// <summary>Whether there is something to tell; the engine's thread asks.</summary>
    public bool IsPending { get; private set; }

    /// <summary>The time from which it is to be told; the engine's thread asks.</summary>
    public long Due => _isUrgent ? 0 : _nextTick;

    /// <summary>Takes note of a text. The engine's thread calls it.</summary>
    /// <param name="isUrgent">Whether the reader should not wait for more.</param>
    public void Add(bool isUrgent)
    {
        IsPending = true;
        _isUrgent |= isUrgent;
    }

    /// <summary>Whether the reader is to be woken now; then nothing is pending. The engine's thread asks.</summary>
    /// <param name="now">The time.</param>
    /// <param name="texts">The texts that the engine writes.</param>
    /// <param name="isUrgent">Whether it is so at any time.</param>
    public bool IsDue(long now, int texts, out bool isUrgent)
    {
        isUrgent = _isUrgent;
        if (now < Due)
        {
            return false;
        }
        (IsPending, _isUrgent) = (false, false);
        var ticks = _interval > 0 ? Math.Max(_interval, texts * _share) : 1;
        _nextTick = ((now / ticks) + 1) * ticks;
        return true;
    }

    /// <summary>Waits until there is something to look at; one at a time may.</summary>
    public ValueTask WaitAsync()
    {
        _reader.Reset();
        if (Interlocked.CompareExchange(ref _state, Awaited, Nothing) == Nothing)
        {
            return new(this, _reader.Version);
        }
        Volatile.Write(ref _state, Nothing);
        return ValueTask.CompletedTask;
    }

    /// <summary>Wakes the reader, who goes on within the call; on the engine's thread only with a piece.</summary>
    public void Tell()
    {
        if (Interlocked.Exchange(ref _state, Told) == Awaited)
        {
            Volatile.Write(ref _state, Nothing);
            _reader.SetResult(true);
        }
    }

    /// <summary>Wakes the reader, who goes on elsewhere.</summary>
    public void TellLater() => ThreadPool.UnsafeQueueUserWorkItem(static news => news.Tell(), this, preferLocal: false);

    /// <summary>Wakes the reader because nothing has come for long.</summary>
    public void TellSilence()
    {
        Volatile.Write(ref _isSilent, 1);
        Tell();
    }

    /// <summary>Whether silence was told since the last call.</summary>
    public bool TakeSilence() => Interlocked.Exchange(ref _isSilent, 0) > 0;

    void IValueTaskSource.GetResult(short token) => _reader.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _reader.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _reader.OnCompleted(continuation, state, token, flags);
}
