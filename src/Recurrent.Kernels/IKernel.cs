using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels;

/// <summary>
/// A kernel: its operands by name, its maths and its loop, written once for vectors of any width. It gives the same
/// bits for every width and any number of threads, and allocates nothing.
/// </summary>
internal interface IKernel
{
    /// <summary>Runs the kernel and returns when it is done.</summary>
    /// <param name="team">The threads to use.</param>
    void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>;

    /// <summary>Puts the kernel into the queue of a graphics card, whose program gives the same bits.</summary>
    /// <param name="gpu">The card with its programs.</param>
    void Launch(GpuQueue gpu);
}
