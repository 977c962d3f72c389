namespace Recurrent.Kernels.Threading;

/// <summary>
/// Runs the chunks of a job on the caller and on helpers from the platform's thread pool.
/// </summary>
/// <remarks>
/// A product in a small model takes tens of microseconds, about what it costs to wake a pool thread. So a helper,
/// once started, spins a little while for the next job and goes back to the pool when none comes. Each chunk
/// is claimed by one thread, and the caller claims whatever no helper has, so that it never waits for a helper
/// to start. Each thread tries its own chunks first, which keeps them in its cache from job to job.
/// A team serves one caller at a time.
/// </remarks>
public sealed class WorkerTeam : IThreadPoolWorkItem
{
    /// <summary>The most threads a team may have.</summary>
    public const int MaxThreads = 256;

    internal const int MaxChunks = 1024; // of one round
    private const int ChunkBits = 16;
    private const int SpinsBeforeRetiring = 20_000; // of some 40 ns each

    private readonly long[] _claims = new long[MaxChunks]; // generation that last ran the chunk
    private readonly int[] _seats; // 1 where a helper sits; seat 0 is the caller's
    private readonly bool _crowded;
    private JobSlot? _job;
    private Exception? _failure;
    private long _published; // generation << ChunkBits | chunks
    private int _helpers;
    private int _done;

    /// <summary>Makes a team; helpers start with the first job that is worth sharing.</summary>
    /// <param name="threads">Threads that may work at once, the caller's included; 1 to <see cref="MaxThreads"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is out of range.</exception>
    public WorkerTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, MaxThreads);
        Threads = threads;
        _seats = new int[threads];
        _crowded = threads > Environment.ProcessorCount;
    }

    /// <summary>Threads that may work at once, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Runs every chunk once and returns when all are done.</summary>
    internal void Run<TJob>(int chunks, in TJob job)
        where TJob : struct, IJob
    {
        if (Threads == 1 || chunks <= 1)
        {
            var local = job;
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                local.Run(chunk);
            }
            return;
        }
        if (chunks <= MaxChunks)
        {
            RunRound(chunks, job);
            return;
        }
        for (var first = 0; first < chunks; first += MaxChunks)
        {
            RunRound(Math.Min(MaxChunks, chunks - first), new LaterChunks<TJob>(job, first));
        }
    }

    private void RunRound<TJob>(int chunks, in TJob job)
        where TJob : struct, IJob
    {
        _job = JobSlot<TJob>.Of(job);
        _done = 0;
        var generation = (_published >> ChunkBits) + 1;
        Volatile.Write(ref _published, (generation << ChunkBits) | (uint)chunks);
        InviteHelpers(Math.Min(Threads, chunks) - 1);
        Participate(_job, generation, chunks, seat: 0);
        WaitForHelpers(chunks);
        if (_failure is { } failure)
        {
            _failure = null;
            throw new InvalidOperationException("A chunk of work failed: " + failure.Message, failure);
        }
    }

    /// <summary>A helper's life: take a seat, work while jobs come, leave.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        var seat = TakeSeat();
        var seen = 0L;
        for (var idle = 0; seat > 0 && idle < SpinsBeforeRetiring; idle++)
        {
            var published = Volatile.Read(ref _published);
            if (published == seen)
            {
                Pause(idle);
                continue;
            }
            seen = published;
            idle = 0;
            Participate(
                Volatile.Read(ref _job)!,
                published >> ChunkBits,
                (int)(published & ((1 << ChunkBits) - 1)),
                seat
            );
        }
        if (seat > 0)
        {
            Volatile.Write(ref _seats[seat], 0);
        }
        Interlocked.Decrement(ref _helpers);
    }

    private void InviteHelpers(int wanted)
    {
        while (Volatile.Read(ref _helpers) < wanted)
        {
            Interlocked.Increment(ref _helpers);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private int TakeSeat()
    {
        for (var seat = 1; seat < _seats.Length; seat++)
        {
            if (Interlocked.CompareExchange(ref _seats[seat], 1, 0) == 0)
            {
                return seat;
            }
        }
        return 0;
    }

    // A late helper may still hold an older generation: all of that one's chunks are claimed already, by this
    // generation or a later one, so it finds nothing to do.
    private void Participate(JobSlot job, long generation, int chunks, int seat)
    {
        var first = (int)((long)seat * chunks / Threads);
        for (var i = 0; i < chunks; i++)
        {
            var chunk = first + i < chunks ? first + i : first + i - chunks;
            var claimed = Volatile.Read(ref _claims[chunk]);
            if (
                claimed >= generation
                || Interlocked.CompareExchange(ref _claims[chunk], generation, claimed) != claimed
            )
            {
                continue;
            }
            try
            {
                job.Run(chunk);
            }
            catch (Exception failure)
            {
                _failure = failure;
            }
            Interlocked.Increment(ref _done);
        }
    }

    private void WaitForHelpers(int chunks)
    {
        for (var idle = 0; Volatile.Read(ref _done) < chunks; idle++)
        {
            Pause(idle);
        }
    }

    /// <summary>The chunks of a job from one on.</summary>
    private readonly struct LaterChunks<TJob>(TJob job, int first) : IJob
        where TJob : struct, IJob
    {
        public void Run(int index)
        {
            var local = job;
            local.Run(first + index);
        }
    }

    private void Pause(int idle)
    {
        if (_crowded || idle > SpinsBeforeRetiring)
        {
            Thread.Yield();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }
}
