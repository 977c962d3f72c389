using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Server.Engines;

/// <summary>
/// Reads and writes all texts of one model side by side, a token of each in a step, on a thread of its own. Texts come
/// and go between two steps, first come, first served, and no bit of one depends on the others. A prompt's tokens are
/// steps like any other, so a long one holds up nobody. Without a text the thread sleeps, or ends where another model
/// has taken the place of this one; whoever still has a text for it then starts it again.
/// </summary>
internal sealed class ModelEngine : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<EngineRow> _queue = new(); // guarded by the gate, as all below
    private readonly Queue<EngineRow> _returning = new(); // rows that had a place before, and go first
    private readonly List<EngineRow> _coming = [];
    private bool _hasDropped;
    private bool _isRetired;
    private bool _isClosed;
    private Thread? _thread; // null where it has ended because it is retired

    private readonly Decoder _decoder;
    private readonly TextCodec _codec;
    private readonly int _maxWaiting;
    private readonly TimeProvider _time;
    private readonly EngineCounts _counts;
    private readonly StreamState _start; // before any text
    private readonly EngineRow?[] _rows; // (slots), by the batch's row
    private readonly List<News> _pending = []; // what is to be told when it is due
    private long _due = long.MaxValue; // when the first of them is
    private int _watching; // rows with a slot that look on after each step
    private int _waiting;
    private int _running;
    private long _lastStep;

    /// <summary>Starts an engine.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="codec">Its codec.</param>
    /// <param name="maxRows">The number of texts that are read side by side at most, at least 1.</param>
    /// <param name="maxWaiting">The number of texts that wait for a place at most.</param>
    /// <param name="time">The clock.</param>
    /// <param name="counts">Where it counts on from an engine before it; null for its own.</param>
    public ModelEngine(
        Decoder decoder,
        TextCodec codec,
        int maxRows,
        int maxWaiting,
        TimeProvider time,
        EngineCounts? counts = null
    )
    {
        (_decoder, _codec, _maxWaiting, _time) = (decoder, codec, maxWaiting, time);
        _counts = counts ?? new();
        _start = new(decoder.CreateState(1).Start, new SamplerState(0, [], []));
        _rows = new EngineRow?[maxRows];
        _lastStep = time.GetTimestamp();
        Wake();
    }

    /// <summary>The model, frozen.</summary>
    public Decoder Decoder => _decoder;

    /// <summary>The number of texts that are being read or written.</summary>
    public int Running
    {
        get => Volatile.Read(ref _running);
        private set
        {
            _counts.AddRunning(value - _running);
            Volatile.Write(ref _running, value);
        }
    }

    /// <summary>The number of texts that wait for a place.</summary>
    public int Waiting
    {
        get => Volatile.Read(ref _waiting);
        private set
        {
            _counts.AddWaiting(value - _waiting);
            Volatile.Write(ref _waiting, value);
        }
    }

    /// <summary>The time since the last step of an engine that has texts to read; otherwise 0.</summary>
    public TimeSpan Silence => Running > 0 ? _time.GetElapsedTime(Volatile.Read(ref _lastStep)) : TimeSpan.Zero;

    /// <summary>Takes rows, each of which gets a place in its turn.</summary>
    /// <returns>False where too many wait already; nothing has happened.</returns>
    public bool TrySubmit(IReadOnlyList<EngineRow> rows)
    {
        foreach (var row in rows)
        {
            TakePrompt(row); // here, because a long one takes its time, for which no other text should wait
        }
        var weight = rows.Sum(row => row.Weight);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (Waiting + weight > _maxWaiting)
            {
                return false;
            }
            foreach (var row in rows)
            {
                _queue.Enqueue(row);
            }
            Waiting += weight;
            Wake();
            return true;
        }
    }

    /// <summary>Takes the places of a job's rows back, before the next step.</summary>
    public void Drop(EngineJob job)
    {
        lock (_gate)
        {
            job.IsDropped = true;
            _hasDropped = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Lets the thread end as soon as it has nothing to read.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _isRetired = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Lets a row go on that was full, if it has been taken from its place.</summary>
    public void Resume(EngineRow row)
    {
        lock (_gate)
        {
            if (row.IsParked)
            {
                row.IsParked = false;
                Return(row);
                Wake();
            }
        }
    }

    /// <summary>Ends the thread after the step that it is in; nobody is told.</summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_gate)
        {
            _isClosed = true;
            thread = _thread;
            Monitor.Pulse(_gate);
        }
        thread?.Join();
    }

    private void Wake()
    {
        if (_thread is null)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "recurrent engine" };
            _thread.Start();
        }
        else
        {
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        var batch = new StreamBatch(_decoder, _codec, _rows.Length);
        while (WaitForWork(batch))
        {
            try
            {
                foreach (var row in _coming)
                {
                    Admit(batch, row);
                }
                Step(batch);
            }
            catch (Exception error) // nobody else's texts end with it
            {
                foreach (var row in _rows.OfType<EngineRow>().Concat(_coming))
                {
                    row.Job.Fail(error);
                    Drop(row.Job);
                }
                Array.Clear(_rows);
                _pending.Clear();
                _watching = 0;
                batch = new StreamBatch(_decoder, _codec, _rows.Length);
            }
        }
    }

    /// <summary>Waits for something to read, lets go of what nobody wants, and chooses who comes next.</summary>
    /// <returns>Whether there is something; false where the thread ends.</returns>
    private bool WaitForWork(StreamBatch batch)
    {
        lock (_gate)
        {
            while (true)
            {
                if (_hasDropped)
                {
                    ReleaseDropped(batch);
                }
                _coming.Clear();
                while (_coming.Count < batch.FreeSlots && (_returning.Count > 0 || _queue.Count > 0))
                {
                    var row = _returning.Count > 0 ? _returning.Dequeue() : _queue.Dequeue();
                    _coming.Add(row);
                    Waiting -= row.Weight;
                }
                if (Running == 0)
                {
                    Volatile.Write(ref _lastStep, _time.GetTimestamp()); // its sleep is not taken for a long step
                }
                Running = batch.Streams.Count + _coming.Count;
                if (_isClosed || Running > 0)
                {
                    return !_isClosed;
                }
                if (_isRetired)
                {
                    _thread = null;
                    return false;
                }
                Monitor.Wait(_gate);
            }
        }
    }

    private void ReleaseDropped(StreamBatch batch)
    {
        _hasDropped = false;
        Keep(_queue);
        Keep(_returning);
        Waiting = _queue.Concat(_returning).Sum(row => row.Weight);
        foreach (var stream in batch.Streams.Where(stream => _rows[stream.Row]!.Job.IsDropped).ToList())
        {
            Release(batch, stream);
        }

        static void Keep(Queue<EngineRow> rows)
        {
            for (var left = rows.Count; left > 0; left--)
            {
                var row = rows.Dequeue();
                if (!row.Job.IsDropped)
                {
                    rows.Enqueue(row);
                }
            }
        }
    }

    private void TakePrompt(EngineRow row)
    {
        if (row.Prompt is { } prompt)
        {
            (row.State, row.Prompt) = ((row.State ?? _start).Before(prompt), null);
        }
    }

    private void Admit(StreamBatch batch, EngineRow row)
    {
        TakePrompt(row); // of one that follows another
        var stream = batch.Restore(row.State!, row.Options);
        row.State = null;
        _rows[stream.Row] = row;
        _watching += row.Watches ? 1 : 0;
    }

    private void Step(StreamBatch batch)
    {
        var count = batch.Streams.Count;
        var events = batch.Step();
        Volatile.Write(ref _lastStep, _time.GetTimestamp());
        _counts.AddStep(count);
        for (var i = 0; i < count && _watching > 0; i++)
        {
            var stream = batch.Streams[i];
            _rows[stream.Row]!.Pass(batch, stream);
        }
        for (var i = 0; i < events.Count; i++)
        {
            var happened = events[i];
            var stream = happened.Stream;
            var row = _rows[stream.Row]!;
            var wasPending = row.Job.News is null or { IsPending: true };
            row.Take(happened, happened.Token is null ? [] : batch.LogitsOf(stream));
            if (happened.End is not null)
            {
                lock (_gate)
                {
                    foreach (var following in row.Follow(batch, stream))
                    {
                        Return(following);
                    }
                }
                Release(batch, stream);
            }
            else if (row.IsFull)
            {
                row.State = batch.Save(stream);
                row.Options = row.Options with { Length = stream.Remaining };
                Release(batch, stream);
                Park(row);
            }
            if (row.Job.News is { IsPending: true } news) // its end may be all that there is to tell
            {
                _due = Math.Min(_due, news.Due);
                if (!wasPending)
                {
                    _pending.Add(news);
                }
            }
        }
        Tell(count);
    }

    /// <summary>
    /// Wakes the readers for whom it is time. A piece is sent within the call, between two steps: on another thread it
    /// would take the processor from one that steps, for which the others then wait. All else is done elsewhere.
    /// </summary>
    private void Tell(int texts)
    {
        if (_lastStep < _due)
        {
            return;
        }
        _due = long.MaxValue;
        _pending.RemoveAll(news =>
        {
            if (!news.IsDue(_lastStep, texts, out var isUrgent))
            {
                _due = Math.Min(_due, news.Due);
                return false;
            }
            if (isUrgent)
            {
                news.TellLater();
            }
            else
            {
                news.Tell();
            }
            return true;
        });
    }

    private void Release(StreamBatch batch, TextStream stream)
    {
        _watching -= _rows[stream.Row]!.Watches ? 1 : 0;
        _rows[stream.Row] = null;
        batch.Release(stream);
    }

    /// <summary>Lets a row wait in front of those that have not begun.</summary>
    private void Return(EngineRow row)
    {
        _returning.Enqueue(row);
        Waiting += row.Weight;
    }

    private void Park(EngineRow row)
    {
        lock (_gate)
        {
            row.IsParked = true;
            if (!row.IsFull) // somebody has taken what it had in the meantime
            {
                row.IsParked = false;
                Return(row);
            }
        }
    }
}
