using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Reductions;

/// <summary>Σ x² of each block of 1,024 values, for the caller to add up in order; a chunk owns several blocks.</summary>
internal readonly unsafe struct SumOfSquaresJob<V>(float* x, int length, float* sums) : IJob
    where V : unmanaged, IVector<V>
{
    private const int BlocksInChunk = 16; // enough to be worth handing over

    /// <summary>Blocks, the last of which may be short.</summary>
    public int Blocks => (length + Summation<V>.Block - 1) / Summation<V>.Block;

    /// <summary>Chunks.</summary>
    public int Chunks => (Blocks + BlocksInChunk - 1) / BlocksInChunk;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var end = Math.Min((index + 1) * BlocksInChunk, Blocks);
        for (var block = index * BlocksInChunk; block < end; block++)
        {
            var start = block * Summation<V>.Block;
            var count = Math.Min(Summation<V>.Block, length - start);
            sums[block] = Summation<V>.BlockSum(x + start, count, squares: true);
        }
    }
}
