using Recurrent.Kernels;
using Recurrent.Kernels.Threading;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>Runs kernels on every processor at full width.</summary>
internal static class AllProcessors
{
    private static readonly WorkerTeam s_team = new(Math.Min(Environment.ProcessorCount, WorkerTeam.MaxThreads));

    public static void Run<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel => VectorTier.Best.Run(kernel, s_team);
}
