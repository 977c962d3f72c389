namespace Recurrent.Kernels.Threading;

/// <summary>
/// A thread's stay in an <see cref="IStepJob"/>, as a chunk of a team's work: threads meet after each step.
/// </summary>
/// <remarks>
/// A step may take a few microseconds, less than it costs to hand out a job. So a thread stays for all steps. It
/// takes the block of its seat first, which keeps that block's operands in its cache, and takes another's only when
/// its owner does not begin it; then it goes on with that block, until the owner is back. So no thread ever waits for
/// one that does not run, one that begins late, or never, leaves nothing undone, and which thread runs a block
/// changes nothing.
/// </remarks>
internal readonly struct LockstepStay<TJob>(TJob job, int steps, Progress progress, bool isCrowded) : IJob
    where TJob : struct, IStepJob
{
    private const int WaitsBeforeHelping = 50; // of some 40 ns each

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
        for (var patience = new Patience(isCrowded); ; patience.Wait())
        {
            var allDone = true;
            for (var block = 0; block < mine.Length; block++)
            {
                if (progress.IsDone(block, step))
                {
                    continue;
                }
                allDone = false;
                if (patience.HasWaited(WaitsBeforeHelping) || !progress.HasArrived(block))
                {
                    mine[block] |= TryRun(step, block);
                }
            }
            if (allDone)
            {
                return;
            }
        }
    }

    private bool TryRun(int step, int block)
    {
        if (!progress.TryBegin(block, step))
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

/// <summary>The progress of each block of a job in steps.</summary>
internal sealed class Progress
{
    private const int Line = 16; // values, 128 bytes, as processors fetch cache lines in pairs

    // (3·blocks + 1, Line), first of a line only: for each block steps begun, steps done, and whether its thread is
    // there.
    private long[] _counts = [];

    public int Blocks { get; private set; }

    /// <summary>Begins a job.</summary>
    public void Begin(int blocks)
    {
        var length = ((3 * blocks) + 1) * Line;
        if (_counts.Length < length)
        {
            _counts = new long[length];
        }
        Array.Clear(_counts, 0, length);
        Blocks = blocks;
    }

    public bool TryBegin(int block, int step) =>
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
