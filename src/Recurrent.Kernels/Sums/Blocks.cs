using System.Runtime.CompilerServices;
using Recurrent.Kernels.Gpu;
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
    /// <summary>Values of a block.</summary>
    public const int Length = 1024;

    private const int BlocksInChunk = 16; // enough to be worth handing over
    private const int BlocksAtOnce = 2048; // so that their sums fit the stack

    /// <summary>The sum of all values, on the caller's thread.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static double Sum(float* x, int length)
    {
        var room = stackalloc float[Lanes<V, TSummand>.Count];
        var total = 0.0;
        for (var start = 0; start < length; start += Length)
        {
            total += SumOfBlock(x + start, Math.Min(Length, length - start), room);
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
    /// <param name="x">The values.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="room">For as many values as there are lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfBlock(float* x, int length, float* room)
    {
        var lanes = default(Lanes<V, TSummand>);
        var i = 0;
        for (; i <= length - Lanes<V, TSummand>.Count; i += Lanes<V, TSummand>.Count)
        {
            lanes.Add(x + i);
        }
        if (i < length)
        {
            for (var j = 0; j < Lanes<V, TSummand>.Count; j++) // and no call, for which lanes would leave registers
            {
                room[j] = i + j < length ? x[i + j] : 0f;
            }
            lanes.Add(room);
        }
        return lanes.Total(room);
    }

    private readonly struct Job(float* x, int length, float* sums) : IJob
    {
        public int Blocks => (length + Length - 1) / Length;

        public int Chunks => (Blocks + BlocksInChunk - 1) / BlocksInChunk;

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var room = stackalloc float[Lanes<V, TSummand>.Count];
            var end = Math.Min((index + 1) * BlocksInChunk, Blocks);
            for (var block = index * BlocksInChunk; block < end; block++)
            {
                var start = block * Length;
                sums[block] = SumOfBlock(x + start, Math.Min(Length, length - start), room);
            }
        }
    }
}

/// <summary>
/// The same sums on a graphics card. Sixteen threads are the lanes of a block of values; where a whole operand is
/// summed, the last block of threads to finish adds the totals, so that one launch is enough.
/// </summary>
internal static class SumProgram<TSummand>
    where TSummand : struct, ISummand
{
    private const int Lanes = 16;
    private const int Threads = 256;
    private const int BlocksAtOnce = Threads / Lanes; // blocks of values for a block of threads
    private const int Tile = 1024; // totals that lie in shared memory at a time
    private const int Unrolled = 16; // totals that are read before they are added

    /// <summary>Values of a block.</summary>
    public const int Length = 1024;

    /// <summary>Launches a sum of a whole operand.</summary>
    /// <param name="gpu">The card with its programs.</param>
    /// <param name="key">The kernel.</param>
    /// <param name="x">The operand.</param>
    /// <param name="write">Declares three parameters, and writes what one thread does with the sum.</param>
    /// <param name="total">The first parameter's argument.</param>
    /// <param name="multiplier">The second one.</param>
    /// <param name="divisor">The third one.</param>
    public static void Launch(
        GpuQueue gpu,
        ProgramKey key,
        Operand<float> x,
        Func<PtxWriter, Action<PtxDouble>> write,
        GpuArgument total,
        double multiplier = 1,
        double divisor = 1
    )
    {
        var function = gpu.Function(
            key,
            write,
            static (key, write) => PtxWriter.Write(key.Name, Threads, w => Write(w, write(w)))
        );
        var blocks = (int)(((long)x.Length + Length - 1) / Length);
        var grid = Math.Max(1, (blocks + BlocksAtOnce - 1) / BlocksAtOnce);
        gpu.Launch(
            function,
            grid,
            total,
            multiplier,
            divisor,
            x,
            x.Length,
            blocks,
            gpu.Scratch(blocks),
            gpu.Counters(1)
        );
    }

    /// <summary>
    /// The sum of a block's values, which its sixteen threads compute together and the first one gets. The other
    /// threads of the block of threads must compute sums, too.
    /// </summary>
    /// <param name="w">Writes the program.</param>
    /// <param name="most">The most values that a block has, known when the program is written.</param>
    /// <param name="load">Writes how the value of a number within the block is found; 0 behind the last one.</param>
    public static PtxVector SumOfBlock(PtxWriter w, int most, Func<PtxInt, PtxVector> load)
    {
        var unrolled = Math.Clamp((most + Lanes - 1) / Lanes, 1, 16); // values that are read before they are added
        var sum = w.Variable((PtxVector)0f);
        var lane = w.Thread % Lanes;
        w.For(
            0,
            most,
            unrolled * Lanes,
            first =>
            {
                var own = first + lane;
                PtxVector[] values = [.. Enumerable.Range(0, unrolled).Select(i => load(own + (i * Lanes)))];
                foreach (var value in values)
                {
                    w.Set(sum, TSummand.AddTo(sum, value)); // a 0 changes no sum that began with 0
                }
            }
        );
        var total = sum;
        for (var half = Lanes / 2; half > 0; half /= 2)
        {
            total += total.FromLaneAbove(half);
        }
        return total;
    }

    private static void Write(PtxWriter w, Action<PtxDouble> finish)
    {
        var (x, length, blocks) = (w.Pointer(), w.Int(), w.Int());
        var (sums, counter) = (w.Pointer(), w.Pointer());
        var (tile, number) = (w.Shared(Tile), w.Shared(1));
        var block = (w.BlockX * BlocksAtOnce) + (w.Thread / Lanes);
        var total = SumOfBlock(
            w,
            Length,
            i =>
            {
                var place = (block * Length) + i;
                return (x + place).LoadIf(PtxInt.IsBelowUnsigned(place, length));
            }
        );
        (sums + block).StoreIf((w.Thread % Lanes == 0) & (block < blocks), total);
        w.Barrier();
        var isFirst = w.Thread == 0;
        w.If(isFirst, () => number.Store(counter.CountUp()));
        w.Barrier();
        w.ReturnIf(number.LoadInt() != w.BlocksX - 1);
        var all = w.Variable((PtxDouble)0);
        w.For(
            0,
            blocks,
            Tile,
            first =>
            {
                var count = w.Variable(PtxInt.Min(blocks - first, Tile));
                w.Barrier(); // the tile before has been added
                w.For(w.Thread, count, Threads, i => (tile + i).Store((sums + (first + i)).LoadFresh()));
                w.Barrier();
                w.If(
                    isFirst,
                    () =>
                    {
                        var whole = count / Unrolled * Unrolled;
                        w.For(0, whole, Unrolled, i => Add(tile + i, Unrolled));
                        w.For(whole, count, 1, i => Add(tile + i, 1));
                    }
                );
            }
        );
        w.If(
            isFirst,
            () =>
            {
                counter.Store((PtxInt)0);
                finish(all);
            }
        );

        void Add(PtxPointer from, int count)
        {
            foreach (var value in Enumerable.Range(0, count).Select(i => (from + i).Load()).ToArray())
            {
                w.Set(all, all + PtxDouble.From(value));
            }
        }
    }
}
