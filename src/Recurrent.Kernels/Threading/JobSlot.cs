namespace Recurrent.Kernels.Threading;

/// <summary>Where helpers find the job of the moment; one per caller and kind of job, so that a run allocates nothing.</summary>
internal abstract class JobSlot
{
    public abstract void Run(int index);
}

internal sealed class JobSlot<TJob> : JobSlot
    where TJob : struct, IJob
{
    [ThreadStatic]
    private static JobSlot<TJob>? t_slot;

    private TJob _job;

    public static JobSlot<TJob> Of(in TJob job)
    {
        var slot = t_slot ??= new JobSlot<TJob>();
        slot._job = job;
        return slot;
    }

    public override void Run(int index) => _job.Run(index);
}
