namespace Recurrent.Kernels.Threading;

/// <summary>Work cut into chunks that may run in any order, on any thread, with the same result.</summary>
internal interface IJob
{
    /// <summary>Runs chunk <paramref name="index"/>, 0 ≤ index &lt; the number of chunks.</summary>
    void Run(int index);
}
