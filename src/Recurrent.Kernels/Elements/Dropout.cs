using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>
/// Y = X / (1 − Probability) where an element is kept, which keeps the mean, and 0 where it is dropped. Y may be X.
/// Nothing is stored: element i is dropped where word i mod 4 of the <see cref="Philox"/> block with the counter
/// (Stream, i / 4) is below Probability·2³², so the way back finds the same mask, on any number of threads.
/// </summary>
internal readonly unsafe struct Dropout : IKernel
{
    private const double Words = 4294967296; // 2³² of them are possible

    public required Operand<float> X { get; init; } // any shape

    public required Operand<float> Y { get; init; } // the same

    public required ulong Seed { get; init; } // the key

    public required ulong Stream { get; init; } // the upper half of the counter

    public required double Probability { get; init; } // 0 or more and below 1

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        if (!(Probability is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(Probability),
                Probability,
                "The probability to drop an element must be 0 or more and below 1."
            );
        }
        var job = new Job(
            X.Pointer(Y.Length),
            Y.Pointer(Y.Length),
            Y.Length,
            Seed,
            Stream,
            (uint)(Probability * Words),
            (float)(1 / (1 - Probability))
        );
        team.Run(Elementwise.Chunks(Y.Length), job);
    }

    private readonly struct Job(
        float* x,
        float* y,
        int length,
        ulong seed,
        ulong stream,
        uint threshold,
        float scale
    ) : IJob
    {
        private const int Group = 16; // elements that four blocks decide on; a chunk holds a multiple of them

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var i = index * Elementwise.ChunkLength;
            var end = Math.Min(i + Elementwise.ChunkLength, length);
            for (; i <= end - Group; i += Group)
            {
                RunGroup(i, x + i, y + i);
            }
            if (i < end)
            {
                var tail = stackalloc float[Group];
                new Span<float>(x + i, end - i).CopyTo(new Span<float>(tail, Group));
                RunGroup(i, tail, tail);
                new Span<float>(tail, end - i).CopyTo(new Span<float>(y + i, end - i));
            }
        }

        /// <summary>The elements from i on, which are in a place of their own.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void RunGroup(int i, float* source, float* target)
        {
            var (words01, words23) = FourPhiloxBlocks.Of(stream, (uint)i / 4, seed);
            for (var block = 0; block < 4; block++)
            {
                var words = Vector128.Create(words01.GetElement(block), words23.GetElement(block)).AsUInt32();
                var kept = Vector128.GreaterThanOrEqual(words, Vector128.Create(threshold)).AsSingle();
                ((Vector128.Load(source + (4 * block)) * scale) & kept).Store(target + (4 * block));
            }
        }
    }
}
