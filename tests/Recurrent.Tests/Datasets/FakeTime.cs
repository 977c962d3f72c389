using System.Collections.Concurrent;

namespace Recurrent.Tests.Datasets;

/// <summary>
/// A time in which pauses (below half a minute) are over at once, and timeouts run out when told to.
/// </summary>
internal sealed class FakeTime : TimeProvider
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly ConcurrentQueue<TimeSpan> _pauses = new();
    private readonly ConcurrentDictionary<Timer, TimeSpan> _timeouts = new();

    /// <summary>The pauses that were waited for, in order.</summary>
    public IEnumerable<TimeSpan> Pauses => _pauses;

    /// <summary>Lets every timeout that is set now run out, and says how long they were.</summary>
    public IReadOnlyList<TimeSpan> Expire()
    {
        var expired = _timeouts.ToArray();
        foreach (var (timer, _) in expired)
        {
            timer.Fire();
        }

        return [.. expired.Select(timeout => timeout.Value)];
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time._timeouts.TryRemove(this, out _);
            if (dueTime > LongestPause)
            {
                time._timeouts[this] = dueTime;
            }
            else if (dueTime >= TimeSpan.Zero)
            {
                time._pauses.Enqueue(dueTime);

                // Not at once: whoever makes a timer expects to hold it before it fires.
                ThreadPool.QueueUserWorkItem(_ => callback(state));
            }

            return true;
        }

        public void Fire() => callback(state);

        public void Dispose() => time._timeouts.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
