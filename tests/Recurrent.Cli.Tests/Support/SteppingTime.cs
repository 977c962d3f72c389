namespace Recurrent.Cli.Tests.Support;

/// <summary>
/// A clock that moves on at every reading, by 10 ms unless a test says otherwise, and whose timers ring when a test
/// says so.
/// </summary>
internal sealed class SteppingTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _ticks;
    private int _readings;
    private int _ringAt;
    private bool _isRinging;

    public TimeSpan Step { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How much longer each step is than the one before.</summary>
    public double Growth { get; set; } = 1;

    /// <summary>Whether every timer rings at every reading.</summary>
    public bool RingsAlways { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        if ((++_readings == _ringAt || RingsAlways) && !_isRinging)
        {
            _isRinging = true; // what rings may read the clock
            Ring();
            _isRinging = false;
        }
        Step *= Growth;
        return _ticks += Step.Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
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
