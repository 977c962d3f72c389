using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>
/// Sums of many values: float32 lanes over blocks of 1,024, the blocks' totals in double precision and in order, so
/// that the error does not grow with the length.
/// </summary>
internal static unsafe class Blocks<V, TSummand>
    where V : unmanaged, IVector<V>
    where TSummand : struct, ISummand
{
    private const int Length = 1024; // values of a block
    private const int BlocksInChunk = 16; // enough to be worth handing over
    private const int BlocksAtOnce = 2048; // so that their sums fit the stack

    /// <summary>The sum of all values, on the caller's thread.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static double Sum(float* x, int length)
    {
        var total = 0.0;
        for (var start = 0; start < length; start += Length)
        {
            total += SumOfBlock(x + start, Math.Min(Length, length - start));
        }
        return total;
    }

    /// <summary>The sum of all values, on a team's threads.</summary>
    [SkipLocalsInit]
    public static double Sum(WorkerTeam team, float* x, int length)
    {
        if (length <= BlocksInChunk * Length)
        {
            return Sum(x, length);
        }
        var sums = stackalloc float[BlocksAtOnce];
        var total = 0.0;
        for (long start = 0; start < length; start += (long)BlocksAtOnce * Length)
        {
            var job = new Job(x + start, (int)Math.Min((long)BlocksAtOnce * Length, length - start), sums);
            team.Run(job.Chunks, job);
            for (var block = 0; block < job.Blocks; block++)
            {
                total += sums[block];
            }
        }
        return total;
    }

    /// <summary>The sum of up to a block's values, in float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfBlock(float* x, int length)
    {
        var lanes = default(Lanes<V, TSummand>);
        var i = 0;
        for (; i <= length - Lanes<V, TSummand>.Count; i += Lanes<V, TSummand>.Count)
        {
            lanes.Add(x + i);
        }
        if (i < length)
        {
            var tail = stackalloc float[Lanes<V, TSummand>.Count];
            var padded = new Span<float>(tail, Lanes<V, TSummand>.Count);
            padded.Clear();
            new Span<float>(x + i, length - i).CopyTo(padded);
            lanes.Add(tail);
        }
        var all = lanes; // whose address the sum takes: the running ones stay in registers
        return all.Total();
    }

    private readonly struct Job(float* x, int length, float* sums) : IJob
    {
        public int Blocks => (length + Length - 1) / Length;

        public int Chunks => (Blocks + BlocksInChunk - 1) / BlocksInChunk;

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var end = Math.Min((index + 1) * BlocksInChunk, Blocks);
            for (var block = index * BlocksInChunk; block < end; block++)
            {
                var start = block * Length;
                sums[block] = SumOfBlock(x + start, Math.Min(Length, length - start));
            }
        }
    }
}
