using System.Runtime.CompilerServices;

namespace Recurrent.Throughput.Machine;

/// <summary>The probe at one vector width.</summary>
internal sealed class VectorProbe<TWide, TVector>(bool isAccelerated) : MachineProbe
    where TWide : struct, IWideVector<TVector>
    where TVector : struct
{
    private const int Chains = 12; // two units of a latency of four or five, in sixteen registers
    private const int Turns = 400_000; // of the loop: some milliseconds
    private const int BytesPerSlice = 256 << 20;

    public override bool IsAccelerated { get; } = isAccelerated;

    public override int Bits => TWide.Width * 8 * sizeof(float);

    public override double FmaPeak(int threads) =>
        Together.BestRate(threads, 2.0 * TWide.Width * Chains * Turns * threads, _ => Multiply());

    public override double ReadBandwidth(int bytes, int threads)
    {
        var stride = 8 * TWide.Width; // values that one turn of the loop reads
        var turns = Math.Max(1, bytes / sizeof(float) / threads / stride);
        var parts = Enumerable.Range(0, threads).Select(_ => new float[turns * stride]).ToArray();
        var passes = Math.Max(1, BytesPerSlice / bytes);
        var work = (double)turns * stride * sizeof(float) * threads * passes;
        return Together.BestRate(threads, work, thread => Read(parts[thread], passes));
    }

    // Optimised from the first call on, for it is one long loop.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Multiply()
    {
        var (a, b) = (TWide.Broadcast(0.999f), TWide.Broadcast(0.001f));
        TVector c0 = b,
            c1 = b,
            c2 = b,
            c3 = b,
            c4 = b,
            c5 = b,
            c6 = b,
            c7 = b,
            c8 = b,
            c9 = b,
            c10 = b,
            c11 = b;
        for (var turn = 0; turn < Turns; turn++)
        {
            c0 = TWide.FusedMultiplyAdd(c0, a, b);
            c1 = TWide.FusedMultiplyAdd(c1, a, b);
            c2 = TWide.FusedMultiplyAdd(c2, a, b);
            c3 = TWide.FusedMultiplyAdd(c3, a, b);
            c4 = TWide.FusedMultiplyAdd(c4, a, b);
            c5 = TWide.FusedMultiplyAdd(c5, a, b);
            c6 = TWide.FusedMultiplyAdd(c6, a, b);
            c7 = TWide.FusedMultiplyAdd(c7, a, b);
            c8 = TWide.FusedMultiplyAdd(c8, a, b);
            c9 = TWide.FusedMultiplyAdd(c9, a, b);
            c10 = TWide.FusedMultiplyAdd(c10, a, b);
            c11 = TWide.FusedMultiplyAdd(c11, a, b);
        }
        var s0 = TWide.Add(TWide.Add(c0, c1), TWide.Add(c2, c3));
        var s1 = TWide.Add(TWide.Add(c4, c5), TWide.Add(c6, c7));
        var s2 = TWide.Add(TWide.Add(c8, c9), TWide.Add(c10, c11));
        return TWide.Add(TWide.Add(s0, s1), s2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Read(float[] part, int passes)
    {
        var width = (nuint)TWide.Width;
        var (s0, s1, s2, s3) = (TWide.Broadcast(0), TWide.Broadcast(0), TWide.Broadcast(0), TWide.Broadcast(0));
        ref var start = ref part[0];
        for (var pass = 0; pass < passes; pass++)
        {
            for (nuint i = 0; i < (nuint)part.Length; i += 8 * width)
            {
                s0 = TWide.Add(s0, TWide.Load(ref start, i));
                s1 = TWide.Add(s1, TWide.Load(ref start, i + width));
                s2 = TWide.Add(s2, TWide.Load(ref start, i + 2 * width));
                s3 = TWide.Add(s3, TWide.Load(ref start, i + 3 * width));
                s0 = TWide.Add(s0, TWide.Load(ref start, i + 4 * width));
                s1 = TWide.Add(s1, TWide.Load(ref start, i + 5 * width));
                s2 = TWide.Add(s2, TWide.Load(ref start, i + 6 * width));
                s3 = TWide.Add(s3, TWide.Load(ref start, i + 7 * width));
            }
        }
        return TWide.Add(TWide.Add(s0, s1), TWide.Add(s2, s3));
    }
}
