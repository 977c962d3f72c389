using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Threading;

/// <summary>
/// Runs the chunks of a job on the caller and on helpers from the platform's thread pool.
/// </summary>
/// <remarks>
/// A product in a small model takes tens of microseconds, about what it costs to wake a thread. So a helper, once
/// started, spins a little while for the next job, then sleeps, and goes back to the pool when none comes; a caller
/// that waits for a helper does likewise. An idle team uses no processor time, and where another program has one of the
/// processors, whoever waits leaves its own to who works. Each chunk is claimed by one thread, and the caller claims
/// whatever no helper has, so that it never waits for a helper to start. Each thread tries its own chunks first, which
/// keeps them in its cache from job to job. Any number of threads may call a team at once: it helps one at a time, and
/// the others run their chunks alone.
/// </remarks>
internal sealed unsafe class WorkerTeam
{
    /// <summary>The most threads a team may have.</summary>
    public const int MaxThreads = 256;

    internal const int MaxChunks = 1024; // of one round
    private const int LongestSleep = 5; // milliseconds after which a helper leaves
    private const int ChunkBits = 16;

    private readonly long[] _claims = new long[MaxChunks]; // the round that last ran the chunk
    private readonly int[] _seats; // 1 where a helper sits; seat 0 is the caller's
    private readonly bool _isCrowded;
    private readonly Helper _helper;
    private readonly Progress _progress = new(); // of a job in steps
    private readonly object _bell = new(); // rings for those who sleep
    private int _sleepingHelpers;
    private int _isCallerAsleep;

    // The job of the round, on its caller's stack, and how to run a chunk of it. A helper follows the pointer only
    // after it has claimed a chunk of the round, and the caller stays until every chunk is done.
    private void* _job;
    private delegate* <void*, int, void> _run;
    private int _first; // chunk of the round
    private Exception? _failure;
    private long _published; // round << ChunkBits | chunks
    private int _isBusy;
    private int _helpers;
    private int _done;

    /// <summary>Makes a team; helpers start with the first job that is worth sharing.</summary>
    /// <param name="threads">
    /// Threads that may work at once, the caller's included; 1 to <see cref="MaxThreads"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is out of range.</exception>
    public WorkerTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, MaxThreads);
        Threads = threads;
        _seats = new int[threads];
        _isCrowded = threads > Environment.ProcessorCount;
        _helper = new Helper(this);
    }

    /// <summary>Threads that may work at once, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Helpers that work, or wait a moment for work.</summary>
    internal int Helpers => Volatile.Read(ref _helpers);

    /// <summary>Runs every chunk once and returns when all are done.</summary>
    internal void Run<TJob>(int chunks, in TJob job)
        where TJob : struct, IJob
    {
        if (chunks <= 1 || !TryEnter())
        {
            ref var shared = ref Unsafe.AsRef(in job); // a call on a read-only reference would copy the job
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                shared.Run(chunk);
            }
            return;
        }
        try
        {
            var local = job; // on the stack, where it does not move
            RunRounds(chunks, ref local);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Runs every block of every step once, the steps in order, and returns when all are done.</summary>
    /// <param name="steps">Number of steps.</param>
    /// <param name="blocks">Blocks in a step, at least 1; more than threads bring nothing.</param>
    /// <param name="job">The work.</param>
    internal void RunSteps<TJob>(int steps, int blocks, in TJob job)
        where TJob : struct, IStepJob
    {
        if (blocks == 1 || !TryEnter())
        {
            for (var step = 0; step < steps; step++)
            {
                for (var block = 0; block < blocks; block++)
                {
                    job.Run(step, block);
                }
            }
            return;
        }
        try
        {
            _progress.Begin(blocks);
            var stays = new LockstepStay<TJob>(job, steps, _progress, _isCrowded);
            RunRounds(blocks, ref stays);
        }
        finally
        {
            Leave();
        }
    }

    private bool TryEnter() => Threads > 1 && Interlocked.CompareExchange(ref _isBusy, 1, 0) == 0;

    private void Leave() => Volatile.Write(ref _isBusy, 0);

    private void RunRounds<TJob>(int chunks, ref TJob job)
        where TJob : struct, IJob
    {
        _job = Unsafe.AsPointer(ref job);
        _run = &RunChunk<TJob>;
        for (var first = 0; first < chunks; first += MaxChunks)
        {
            _first = first;
            RunRound(Math.Min(MaxChunks, chunks - first));
        }
    }

    private static void RunChunk<TJob>(void* job, int chunk)
        where TJob : struct, IJob => Unsafe.AsRef<TJob>(job).Run(chunk);

    private void RunRound(int chunks)
    {
        _done = 0;
        var round = (_published >> ChunkBits) + 1;
        Interlocked.Exchange(ref _published, (round << ChunkBits) | (uint)chunks); // a fence, too
        if (Volatile.Read(ref _sleepingHelpers) > 0)
        {
            Ring();
        }
        InviteHelpers(Math.Min(Threads, chunks) - 1);
        Participate(round, chunks, seat: 0);
        for (var patience = new Patience(_isCrowded); Volatile.Read(ref _done) < chunks; patience.Wait())
        {
            if (patience.IsSpent)
            {
                SleepUntilDone(chunks);
            }
        }
        if (_failure is { } failure)
        {
            _failure = null;
            throw new InvalidOperationException("A chunk of work failed: " + failure.Message, failure);
        }
    }

    private void Ring()
    {
        lock (_bell)
        {
            Monitor.PulseAll(_bell);
        }
    }

    private void SleepUntilDone(int chunks)
    {
        lock (_bell)
        {
            Interlocked.Exchange(ref _isCallerAsleep, 1); // seen by who finishes the last chunk, or that is seen here
            while (Volatile.Read(ref _done) < chunks)
            {
                Monitor.Wait(_bell);
            }
            _isCallerAsleep = 0;
        }
    }

    /// <summary>Sleeps until a job comes.</summary>
    /// <returns>False where none came for a while.</returns>
    private bool SleepUntilPublished(long seen)
    {
        lock (_bell)
        {
            Interlocked.Increment(ref _sleepingHelpers);
            while (Volatile.Read(ref _published) == seen && Monitor.Wait(_bell, LongestSleep)) { }
            Interlocked.Decrement(ref _sleepingHelpers);
        }
        return Volatile.Read(ref _published) != seen;
    }

    private void InviteHelpers(int wanted)
    {
        while (Volatile.Read(ref _helpers) < wanted)
        {
            Interlocked.Increment(ref _helpers);
            ThreadPool.UnsafeQueueUserWorkItem(_helper, preferLocal: false);
        }
    }

    /// <summary>A helper's life: take a seat, work while jobs come, leave.</summary>
    private void Help()
    {
        var seat = TakeSeat();
        var seen = 0L;
        for (var patience = new Patience(_isCrowded); seat > 0; )
        {
            var published = Volatile.Read(ref _published);
            if (published == seen)
            {
                if (!patience.IsSpent)
                {
                    patience.Wait();
                }
                else if (!SleepUntilPublished(seen))
                {
                    break;
                }
                continue;
            }
            seen = published;
            patience.Renew();
            Participate(published >> ChunkBits, (int)(published & ((1 << ChunkBits) - 1)), seat);
        }
        if (seat > 0)
        {
            Volatile.Write(ref _seats[seat], 0);
        }
        Interlocked.Decrement(ref _helpers);
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

    // A late helper may still hold an older round: all of that one's chunks are claimed already, by this round or a
    // later one, so it finds nothing to do.
    private void Participate(long round, int chunks, int seat)
    {
        // Its own chunks in order, then those of others, the last first, because their owner comes to it last.
        var (first, end) = ((int)((long)seat * chunks / Threads), (int)((long)(seat + 1) * chunks / Threads));
        for (var i = 0; i < chunks; i++)
        {
            var chunk =
                first + i < end ? first + i
                : end - 1 - i < 0 ? end - 1 - i + chunks
                : end - 1 - i;
            var claimed = Volatile.Read(ref _claims[chunk]);
            if (claimed >= round || Interlocked.CompareExchange(ref _claims[chunk], round, claimed) != claimed)
            {
                continue;
            }
            try
            {
                _run(_job, _first + chunk);
            }
            catch (Exception failure)
            {
                _failure = failure;
            }
            if (Interlocked.Increment(ref _done) == chunks && Volatile.Read(ref _isCallerAsleep) != 0)
            {
                Ring();
            }
        }
    }

    private sealed class Helper(WorkerTeam team) : IThreadPoolWorkItem
    {
        public void Execute() => team.Help();
    }
}
