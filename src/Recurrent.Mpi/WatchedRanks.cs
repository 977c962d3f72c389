using Recurrent.Training;

namespace Recurrent.Mpi;

/// <summary>
/// Ranks whose exchanges are timed, and watched from another thread: a process that neither answers nor dies, or a wire
/// that is cut, would otherwise hold a job up for ever.
/// </summary>
internal sealed class WatchedRanks : Ranks, IDisposable
{
    private const int LooksInLimit = 10;

    private readonly Ranks _ranks;
    private readonly TimeProvider _time;
    private readonly Action<TimeSpan> _isLate;
    private readonly ITimer _timer;
    private TimeSpan _limit;
    private long _begun; // a timestamp; 0 between two exchanges
    private long _spent; // in timestamps
    private long _longest; // exchange so far, in timestamps

    /// <summary>Makes ranks that are not watched yet.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isLate">Is called, on a thread of its own, when an exchange takes too long, with how long.</param>
    public WatchedRanks(Ranks ranks, TimeProvider time, Action<TimeSpan> isLate)
    {
        (_ranks, _time, _isLate) = (ranks, time, isLate);
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override int Rank => _ranks.Rank;

    public override int Count => _ranks.Count;

    public override string Host => _ranks.Host;

    /// <summary>The time spent in exchanges, waiting for other ranks included.</summary>
    public TimeSpan Spent => _time.GetElapsedTime(0, Volatile.Read(ref _spent));

    /// <summary>The longest exchange so far.</summary>
    public TimeSpan Longest => _time.GetElapsedTime(0, Volatile.Read(ref _longest));

    /// <summary>Watches from now on, also an exchange that is under way; from any thread.</summary>
    /// <param name="limit">The longest that an exchange may take; 0 for as long as it likes.</param>
    public void Watch(TimeSpan limit)
    {
        _limit = limit;
        var interval = limit > TimeSpan.Zero ? limit / LooksInLimit : Timeout.InfiniteTimeSpan;
        _timer.Change(interval, interval);
    }

    public override void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received)
    {
        Begin();
        _ranks.AllToAll(parts, received);
        End();
    }

    public override void AllGather(ReadOnlySpan<byte> part, Span<byte> received)
    {
        Begin();
        _ranks.AllGather(part, received);
        End();
    }

    public override void Broadcast(Span<byte> bytes, int from = 0)
    {
        Begin();
        _ranks.Broadcast(bytes, from);
        End();
    }

    public void Dispose() => _timer.Dispose();

    private void Begin() => Volatile.Write(ref _begun, _time.GetTimestamp());

    private void End()
    {
        var elapsed = _time.GetTimestamp() - _begun;
        Volatile.Write(ref _spent, _spent + elapsed);
        Volatile.Write(ref _longest, Math.Max(_longest, elapsed));
        Volatile.Write(ref _begun, 0);
    }

    private void Look()
    {
        var begun = Volatile.Read(ref _begun);
        if (begun != 0 && _time.GetElapsedTime(begun) is var elapsed && elapsed > _limit)
        {
            _isLate(elapsed);
        }
    }
}
