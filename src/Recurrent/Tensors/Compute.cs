using Recurrent.Kernels;
using Recurrent.Kernels.Threading;

namespace Recurrent.Tensors;

/// <summary>
/// What tensors compute with: a vector tier and a number of threads. The choice changes the speed, never a bit of
/// a result.
/// </summary>
/// <remarks>Each thread has a current one of its own; a compute serves one thread at a time.</remarks>
public sealed class Compute
{
    /// <summary>The most threads that may be chosen.</summary>
    public const int MaxThreads = WorkerTeam.MaxThreads;

    [ThreadStatic]
    private static Compute? t_current;

    /// <summary>Chooses threads and tier.</summary>
    /// <param name="threads">Threads that may work at once, 1 to 256; null for one a processor.</param>
    /// <param name="tier">The vector tier; null for the widest that the processor has.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is out of range.</exception>
    public Compute(int? threads = null, KernelTier? tier = null)
    {
        Tier = tier ?? KernelTier.Best;
        Team = new WorkerTeam(threads ?? Math.Min(Environment.ProcessorCount, MaxThreads));
    }

    /// <summary>What this thread computes with: the last one put to use, at first every processor at full width.</summary>
    public static Compute Current => t_current ??= new Compute();

    /// <summary>The vector tier.</summary>
    public KernelTier Tier { get; }

    /// <summary>The threads.</summary>
    public WorkerTeam Team { get; }

    /// <summary>Makes this the current compute of the calling thread until the result is disposed.</summary>
    public IDisposable Use()
    {
        var restore = new Restore(t_current);
        t_current = this;
        return restore;
    }

    private sealed class Restore(Compute? previous) : IDisposable
    {
        public void Dispose() => t_current = previous;
    }
}
