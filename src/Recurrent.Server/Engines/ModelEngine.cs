using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Server.Engines;

/// <summary>
/// Reads and writes all texts of one model side by side, a token of each in a step, on a thread of its own. Texts come
/// and go between two steps, first come, first served, and no bit of one depends on the others. A prompt's tokens are
/// steps like any other, so a long one holds up nobody. Without a text the thread sleeps.
/// </summary>
internal sealed class ModelEngine : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<EngineRow> _waiting = new(); // guarded by the gate, as all below
    private readonly Queue<EngineRow> _returning = new(); // rows that had a place before, and go first
    private readonly List<EngineRow> _coming = [];
    private bool _hasDropped;
    private bool _isClosed;

    private readonly Decoder _decoder;
    private readonly TextCodec _codec;
    private readonly int _maxWaiting;
    private readonly TimeProvider _time;
    private readonly EngineRow?[] _rows; // (slots), by the batch's row
    private readonly List<News> _pending = []; // what is to be told when it is due
    private readonly Thread _thread;
    private int _waitingTexts;
    private int _running;
    private long _steps;
    private long _stepRows;
    private long _lastStep;

    /// <summary>Starts an engine.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="codec">Its codec.</param>
    /// <param name="maxRows">The number of texts that are read side by side at most, at least 1.</param>
    /// <param name="maxWaiting">The number of texts that wait for a place at most.</param>
    /// <param name="time">The clock.</param>
    public ModelEngine(Decoder decoder, TextCodec codec, int maxRows, int maxWaiting, TimeProvider time)
    {
        (_decoder, _codec, _maxWaiting, _time) = (decoder, codec, maxWaiting, time);
        _rows = new EngineRow?[maxRows];
        _lastStep = time.GetTimestamp();
        _thread = new Thread(Run) { IsBackground = true, Name = "recurrent engine" };
        _thread.Start();
    }

    /// <summary>The model, frozen.</summary>
    public Decoder Decoder => _decoder;

    /// <summary>The number of texts that are being read or written.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>The number of texts that wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _waitingTexts);

    /// <summary>The number of steps so far.</summary>
    public long Steps => Volatile.Read(ref _steps);

    /// <summary>The number of texts in all steps so far.</summary>
    public long StepRows => Volatile.Read(ref _stepRows);

    /// <summary>The time since the last step of an engine that has texts to read; otherwise 0.</summary>
    public TimeSpan Silence => Running > 0 ? _time.GetElapsedTime(Volatile.Read(ref _lastStep)) : TimeSpan.Zero;

    /// <summary>Takes rows, each of which gets a place in its turn.</summary>
    /// <returns>False where too many wait already; nothing has happened.</returns>
    public bool TrySubmit(IReadOnlyList<EngineRow> rows)
    {
        var weight = rows.Sum(row => row.Weight);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_waitingTexts + weight > _maxWaiting)
            {
                return false;
            }
            foreach (var row in rows)
            {
                _waiting.Enqueue(row);
            }
            _waitingTexts += weight;
            Monitor.Pulse(_gate);
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

    /// <summary>Lets a row go on that was full, if it has been taken from its place.</summary>
    public void Resume(EngineRow row)
    {
        lock (_gate)
        {
            if (row.IsParked)
            {
                row.IsParked = false;
                _returning.Enqueue(row);
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Ends the thread after the step that it is in; nobody is told.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }
        _thread.Join();
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
                batch = new StreamBatch(_decoder, _codec, _rows.Length);
            }
        }
    }

    /// <summary>Waits for something to read, lets go of what nobody wants, and chooses who comes next.</summary>
    /// <returns>Whether there is something; false once the engine is closed.</returns>
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
                while (_coming.Count < batch.FreeSlots && (_returning.Count > 0 || _waiting.Count > 0))
                {
                    if (_returning.TryDequeue(out var row))
                    {
                        _coming.Add(row);
                    }
                    else
                    {
                        _coming.Add(row = _waiting.Dequeue());
                        _waitingTexts -= row.Weight;
                    }
                }
                Volatile.Write(ref _running, batch.Streams.Count + _coming.Count);
                if (_isClosed || _running > 0)
                {
                    return !_isClosed;
                }
                Monitor.Wait(_gate);
            }
        }
    }

    private void ReleaseDropped(StreamBatch batch)
    {
        _hasDropped = false;
        Keep(_waiting);
        Keep(_returning);
        _waitingTexts = _waiting.Sum(row => row.Weight);
        foreach (var stream in batch.Streams.Where(stream => _rows[stream.Row]!.Job.IsDropped).ToList())
        {
            _rows[stream.Row] = null;
            batch.Release(stream);
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

    private void Admit(StreamBatch batch, EngineRow row)
    {
        var stream = row.State is { } state
            ? batch.Restore(state, row.Options, row.Prompt)
            : batch.Admit(row.Prompt!, row.Options);
        (row.State, row.Prompt) = (null, null);
        _rows[stream.Row] = row;
    }

    private void Step(StreamBatch batch)
    {
        var count = batch.Streams.Count;
        var events = batch.Step();
        Volatile.Write(ref _lastStep, _time.GetTimestamp());
        Volatile.Write(ref _steps, _steps + 1);
        Volatile.Write(ref _stepRows, _stepRows + count);
        for (var i = 0; i < count; i++)
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
                Return(row.Follow(batch, stream));
                Release(batch, stream);
            }
            else if (row.IsFull)
            {
                row.State = batch.Save(stream);
                row.Options = row.Options with { Length = stream.Remaining };
                Release(batch, stream);
                Park(row);
            }
            if (!wasPending && row.Job.News!.IsPending) // its end may be all that there is to tell
            {
                _pending.Add(row.Job.News);
            }
        }
        Tell(count);
    }

    /// <summary>
    /// Wakes the readers for whom it is time. A piece is sent within the call, between two steps: on another thread it
    /// would take the processor from one that steps, for which the others then wait. All else is done elsewhere.
    /// </summary>
    private void Tell(int texts) =>
        _pending.RemoveAll(news =>
        {
            var isDue = news.IsDue(_lastStep, texts, out var isUrgent);
            if (isDue && isUrgent)
            {
                news.TellLater();
            }
            else if (isDue)
            {
                news.Tell();
            }
            return isDue;
        });

    private void Release(StreamBatch batch, TextStream stream)
    {
        _rows[stream.Row] = null;
        batch.Release(stream);
    }

    private void Return(IEnumerable<EngineRow> rows)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                _returning.Enqueue(row);
            }
        }
    }

    private void Park(EngineRow row)
    {
        lock (_gate)
        {
            row.IsParked = true;
            if (!row.IsFull) // somebody has taken what it had in the meantime
            {
                row.IsParked = false;
                _returning.Enqueue(row);
            }
        }
    }
}
