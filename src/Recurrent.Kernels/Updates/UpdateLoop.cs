using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Updates;

/// <summary>
/// The maths of one weight w that follows its gradient g; the moments m and v remember past gradients.
/// </summary>
internal interface IUpdateMaths
{
    /// <summary>The number of moments: 1, m alone, or 2.</summary>
    static abstract int Moments { get; }

    /// <summary>The new weight; overwrites the moments that there are.</summary>
    V Apply<V>(V w, V g, ref V m, ref V v)
        where V : unmanaged, IVector<V>;
}

/// <summary>The loop of the updates: one pass over the memory for a whole update of an optimiser.</summary>
internal readonly unsafe struct UpdateLoop<V, TMaths>(TMaths maths, float* w, float* g, float* m, float* v, int length)
    : IJob
    where V : unmanaged, IVector<V>
    where TMaths : unmanaged, IUpdateMaths
{
    /// <summary>Runs an update whose maths keeps one moment.</summary>
    public static void Run(
        WorkerTeam team,
        in TMaths maths,
        Operand<float> weights,
        Operand<float> gradient,
        Operand<float> moments
    ) => Run(team, maths, weights, gradient, moments, moments);

    /// <summary>Runs an update whose maths keeps two moments.</summary>
    public static void Run(
        WorkerTeam team,
        in TMaths maths,
        Operand<float> weights,
        Operand<float> gradient,
        Operand<float> moments,
        Operand<float> squares
    )
    {
        var length = weights.Length;
        team.Run(
            Elementwise.Chunks(length),
            new UpdateLoop<V, TMaths>(
                maths,
                weights.Pointer(length),
                gradient.Pointer(length),
                moments.Pointer(length),
                squares.Pointer(length),
                length
            )
        );
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var i = index * Elementwise.ChunkLength;
        var end = Math.Min(i + Elementwise.ChunkLength, length);
        for (; i <= end - V.Width; i += V.Width)
        {
            Apply(w + i, g + i, m + i, v + i);
        }
        if (i < end)
        {
            RunShort(i, end - i);
        }
    }

    private void RunShort(int start, int count)
    {
        var part = stackalloc float[4 * V.Width];
        Copy(w + start, part, count);
        Copy(g + start, part + V.Width, count);
        Copy(m + start, part + (2 * V.Width), count);
        if (TMaths.Moments > 1)
        {
            Copy(v + start, part + (3 * V.Width), count);
        }
        Apply(part, part + V.Width, part + (2 * V.Width), part + (3 * V.Width));
        Copy(part, w + start, count);
        Copy(part + (2 * V.Width), m + start, count);
        if (TMaths.Moments > 1)
        {
            Copy(part + (3 * V.Width), v + start, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Apply(float* w, float* g, float* m, float* v)
    {
        var first = V.Load(m);
        var second = TMaths.Moments > 1 ? V.Load(v) : first;
        V.Store(maths.Apply(V.Load(w), V.Load(g), ref first, ref second), w);
        V.Store(first, m);
        if (TMaths.Moments > 1)
        {
            V.Store(second, v);
        }
    }

    private static void Copy(float* source, float* target, int count) =>
        new Span<float>(source, count).CopyTo(new Span<float>(target, count));
}

/// <summary>The updates on a graphics card, a thread for each weight.</summary>
internal static class UpdateProgram<TMaths>
    where TMaths : unmanaged, IUpdateMaths
{
    /// <summary>Launches an update; where its maths keeps one moment, the second is not used.</summary>
    public static void Launch(
        GpuQueue gpu,
        in TMaths maths,
        Operand<float> weights,
        Operand<float> gradient,
        Operand<float> moments,
        Operand<float> squares = default
    )
    {
        var length = weights.Length;
        gradient.Check(length);
        moments.Check(length);
        squares.Check(TMaths.Moments > 1 ? length : 0);
        var function = Elementwise.Function(gpu, new(typeof(UpdateProgram<TMaths>)), static (w, i) => Write(w, i));
        gpu.LaunchMaths(function, Elementwise.Blocks(length), maths, length, weights, gradient, moments, squares);
    }

    private static void Write(PtxWriter w, PtxInt i)
    {
        var (weight, gradient, first, second) = (w.Pointer() + i, w.Pointer() + i, w.Pointer() + i, w.Pointer() + i);
        var m = first.Load();
        var v = TMaths.Moments > 1 ? second.Load() : m;
        weight.Store(w.Factors<TMaths>().Apply(weight.Load(), gradient.Load(), ref m, ref v));
        first.Store(m);
        if (TMaths.Moments > 1)
        {
            second.Store(v);
        }
    }
}
