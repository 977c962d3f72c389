namespace Recurrent.Cli.Tests.Support;

/// <summary>A clock that moves on by 10 ms at every reading, and whose timers ring when a test says so.</summary>
internal sealed class SteppingTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _ticks;
    private int _readings;
    private int _ringAt;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        if (++_readings == _ringAt)
        {
            Ring();
        }
        return _ticks += 10 * TimeSpan.TicksPerMillisecond;
    }

    public override ITimer CreateTimer(
        TimerCallback callback,
        object? state,
        TimeSpan dueTime,
        TimeSpan period
    )
    {
        var timer = new ManualTimer(() => callback(state));
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Lets every timer ring when the clock is read for the so-manieth time.</summary>
    public void RingAtReading(int reading) => _ringAt = reading;

    /// <summary>Lets every timer ring that is not disposed.</summary>
    public void Ring() => _timers.ForEach(timer => timer.Ring());

    private sealed class ManualTimer(Action ring) : ITimer
    {
        private bool _disposed;

        public void Ring()
        {
            if (!_disposed)
            {
                ring();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => _disposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
