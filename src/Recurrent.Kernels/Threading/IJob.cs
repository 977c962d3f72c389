namespace Recurrent.Kernels.Threading;

/// <summary>Work cut into chunks that may run in any order, on any thread, with the same result.</summary>
internal interface IJob
{
    /// <summary>Runs chunk <paramref name="index"/>, 0 ≤ index &lt; the number of chunks.</summary>
    void Run(int index);
}

/// <summary>
/// Work in steps, each cut into the same blocks: the blocks of a step may run in any order, on any thread, with the
/// same result, once every block of the step before is done.
/// </summary>
internal interface IStepJob
{
    /// <summary>Runs block <paramref name="block"/> of step <paramref name="step"/>.</summary>
    void Run(int step, int block);
}
