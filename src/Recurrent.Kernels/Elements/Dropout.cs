using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Portable;
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

    /// <summary>The number of the first element, which decides with the others' numbers which are dropped.</summary>
    public int First { get; init; }
    public required ulong Seed { get; init; } // the key
    public required ulong Stream { get; init; } // the upper half of the counter
    public required double Probability { get; init; } // 0 or more and below 1

    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        CheckProbability(Probability);
        var job = new Job(X.Pointer(Y.Length), Y.Pointer(Y.Length), First, Y.Length, Seed, Stream, Threshold, Factor);
        team.Run(Elementwise.Chunks(job.Places), job);
    }

    /// <remarks>A thread owns the four elements that a block of random words decides on.</remarks>
    public void Launch(GpuQueue gpu)
    {
        CheckProbability(Probability);
        X.Check(Y.Length);
        var lead = First % 4;
        var blocks = (int)(((long)lead + Y.Length + 3) / 4);
        var function = Elementwise.Function(gpu, new(typeof(Dropout)), static (w, i) => Write(w, i));
        ReadOnlySpan<GpuArgument> arguments =
        [
            blocks,
            X,
            Y,
            Y.Length,
            lead,
            First / 4,
            (uint)Seed,
            (uint)(Seed >> 32),
            (uint)Stream,
            (uint)(Stream >> 32),
            Threshold,
            Factor,
        ];
        gpu.Launch(function, Elementwise.Blocks(blocks), arguments);
    }

    private uint Threshold => (uint)(Probability * Words);

    private float Factor => (float)(1 / (1 - Probability));

    private static void Write(PtxWriter w, PtxInt i)
    {
        var (x, y, length, lead, firstBlock) = (w.Pointer(), w.Pointer(), w.Int(), w.Int(), w.Int());
        var (k0, k1) = (w.Int(), w.Int());
        var (c0, c1, c2, c3) = (firstBlock + i, (PtxInt)0, w.Int(), w.Int());
        var (threshold, factor) = (w.Int(), w.Float());
        PtxInt multiplier0 = unchecked((int)Philox.Multiplier0);
        PtxInt multiplier1 = unchecked((int)Philox.Multiplier1);
        for (var round = 0; round < Philox.Rounds; round++)
        {
            var (upper0, lower0) = (PtxInt.UpperProduct(c0, multiplier0), c0 * multiplier0);
            var (upper1, lower1) = (PtxInt.UpperProduct(c2, multiplier1), c2 * multiplier1);
            (c0, c1, c2, c3) = (upper1 ^ c1 ^ k0, lower1, upper0 ^ c3 ^ k1, lower0);
            k0 += unchecked((int)Philox.KeyIncrement0);
            k1 += unchecked((int)Philox.KeyIncrement1);
        }
        var start = (i * 4) - lead; // of the first block perhaps before the first element
        PtxInt[] words = [c0, c1, c2, c3];
        var places = Enumerable.Range(0, words.Length).Select(word => start + word).ToArray();
        var areHere = places.Select(place => PtxInt.IsBelowUnsigned(place, length)).ToArray();
        var values = places.Select((place, word) => (x + place).LoadIf(areHere[word])).ToArray();
        for (var word = 0; word < words.Length; word++)
        {
            var isKept = !PtxInt.IsBelowUnsigned(words[word], threshold);
            (y + places[word]).StoreIf(areHere[word], isKept.Choose(values[word] * factor, 0f));
        }
    }

    private static void CheckProbability(double probability)
    {
        if (!(probability is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(probability),
                probability,
                "The probability to drop an element must be 0 or more and below 1."
            );
        }
    }

    private readonly struct Job(
        float* x,
        float* y,
        int first,
        int length,
        ulong seed,
        ulong stream,
        uint threshold,
        float scale
    ) : IJob
    {
        private const int Group = 16; // elements that four blocks decide on; a chunk holds a multiple of them

        /// <summary>The elements, and those before the first that the first's block decides on, too.</summary>
        public int Places => Lead + length;

        private int Lead => first % 4;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var lead = Lead;
            var firstBlock = (uint)(first - lead) / 4;
            var place = index * Elementwise.ChunkLength;
            var end = Math.Min(place + Elementwise.ChunkLength, lead + length);
            if (place < lead)
            {
                RunPart(firstBlock, place, lead, Math.Min(end, Group));
                place += Group;
            }
            for (; place <= end - Group; place += Group)
            {
                RunGroup(firstBlock + ((uint)place / 4), x + place - lead, y + place - lead);
            }
            if (place < end)
            {
                RunPart(firstBlock + ((uint)place / 4), place, place, end);
            }
        }

        /// <summary>The places [from, to) of a group that is not whole.</summary>
        private void RunPart(uint block, int place, int from, int to)
        {
            var group = stackalloc float[Group];
            var part = new Span<float>(group + from - place, to - from);
            new Span<float>(x + from - Lead, to - from).CopyTo(part);
            RunGroup(block, group, group);
            part.CopyTo(new Span<float>(y + from - Lead, to - from));
        }

        /// <summary>The group of elements that begins with a block; it may be in a place of its own.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void RunGroup(uint firstBlock, float* source, float* target)
        {
            var (words01, words23) = FourPhiloxBlocks.Of(stream, firstBlock, seed);
            for (var block = 0; block < 4; block++)
            {
                var words = Vector128.Create(words01.GetElement(block), words23.GetElement(block)).AsUInt32();
                var kept = Vector128.GreaterThanOrEqual(words, Vector128.Create(threshold)).AsSingle();
                ((Vector128.Load(source + (4 * block)) * scale) & kept).Store(target + (4 * block));
            }
        }
    }
}
