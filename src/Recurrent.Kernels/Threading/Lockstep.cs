namespace Recurrent.Kernels.Threading;

/// <summary>Runs an <see cref="IStepJob"/> on a team: threads meet after each step.</summary>
/// <remarks>
/// A step may take a few microseconds, less than it costs to hand out a job. So a thread stays for all steps. It takes the
/// block of its seat first, which keeps that block's operands in its cache, and takes another's only when its owner does not
/// begin it; then it goes on with that block, until the owner is back. So no thread ever waits for one that does not run,
/// and which thread runs a block changes nothing.
/// </remarks>
internal static class Lockstep
{
    private const int SpinsBeforeHelping = 50; // of some 40 ns each
    private const int SpinsBeforeYielding = 20_000;

    /// <summary>Runs every block of every step once, the steps in order, and returns when all are done.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="blocks">Blocks in a step, at least 1; more than threads bring nothing.</param>
    /// <param name="job">The work.</param>
    public static void RunSteps<TJob>(this WorkerTeam team, int steps, int blocks, in TJob job)
        where TJob : struct, IStepJob =>
        team.Run(
            blocks,
            new Seats<TJob>(job, steps, Progress.Fresh(blocks), team.Threads > Environment.ProcessorCount)
        );

    /// <summary>How far each block has come.</summary>
    private sealed class Progress(int blocks)
    {
        private const int Line = 16; // 128 bytes apart, as processors fetch cache lines in pairs

        [ThreadStatic]
        private static Progress? t_progress;

        // (3·blocks + 1, Line), first of a line only: for each block steps begun, steps done, and whether its thread is there.
        private readonly long[] _counts = new long[((3 * blocks) + 1) * Line];

        public int Blocks { get; private set; } = blocks;

        public static Progress Fresh(int blocks)
        {
            if (t_progress is not { } progress || progress._counts.Length < ((3 * blocks) + 1) * Line)
            {
                return t_progress = new Progress(blocks);
            }
            Array.Clear(progress._counts);
            progress.Blocks = blocks;
            return progress;
        }

        public bool Begin(int block, int step) =>
            Volatile.Read(ref Begun(block)) == step
            && Interlocked.CompareExchange(ref Begun(block), step + 1, step) == step;

        public void Finish(int block, int step) => Volatile.Write(ref Done(block), step + 1);

        public bool IsDone(int block, int step) => Volatile.Read(ref Done(block)) > step;

        public void Arrive(int block) => Volatile.Write(ref Arrived(block), 1);

        public bool HasArrived(int block) => Volatile.Read(ref Arrived(block)) != 0;

        private ref long Begun(int block) => ref _counts[((3 * block) + 1) * Line];

        private ref long Done(int block) => ref _counts[((3 * block) + 2) * Line];

        private ref long Arrived(int block) => ref _counts[((3 * block) + 3) * Line];
    }

    /// <summary>Each chunk is a thread's stay; one that begins late, or never, leaves nothing undone.</summary>
    private readonly struct Seats<TJob>(TJob job, int steps, Progress progress, bool isCrowded) : IJob
        where TJob : struct, IStepJob
    {
        public void Run(int index)
        {
            progress.Arrive(index);
            Span<bool> mine = stackalloc bool[progress.Blocks]; // the blocks that this thread goes on with
            mine.Clear();
            for (var step = 0; step < steps; step++)
            {
                mine[index] = true;
                for (var block = 0; block < mine.Length; block++)
                {
                    mine[block] = mine[block] && TryRun(step, block);
                }
                Meet(step, mine);
            }
        }

        private void Meet(int step, Span<bool> mine)
        {
            for (var idle = 0; ; idle++)
            {
                var allDone = true;
                for (var block = 0; block < mine.Length; block++)
                {
                    if (progress.IsDone(block, step))
                    {
                        continue;
                    }
                    allDone = false;
                    if (idle >= SpinsBeforeHelping || isCrowded || !progress.HasArrived(block))
                    {
                        mine[block] |= TryRun(step, block);
                    }
                }
                if (allDone)
                {
                    return;
                }
                if (isCrowded || idle >= SpinsBeforeYielding)
                {
                    Thread.Yield();
                }
                else
                {
                    Thread.SpinWait(1);
                }
            }
        }

        private bool TryRun(int step, int block)
        {
            if (!progress.Begin(block, step))
            {
                return false;
            }
            try
            {
                job.Run(step, block);
            }
            finally
            {
                // Even when it fails: the team reports that, and nobody must wait for it.
                progress.Finish(block, step);
            }
            return true;
        }
    }
}
