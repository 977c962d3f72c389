using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>w[i], m[i], v[i] follow g[i]: one pass over the memory for a whole step of an optimiser.</summary>
internal readonly unsafe struct UpdateJob<V, TRule>(
    TRule rule,
    float* w,
    float* g,
    float* m,
    float* v,
    int length
) : IJob
    where V : unmanaged, IVector<V>
    where TRule : struct, IUpdateRule
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var i = index * ElementChunks.Length;
        var end = Math.Min(i + ElementChunks.Length, length);
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
        if (TRule.Moments > 1)
        {
            Copy(v + start, part + (3 * V.Width), count);
        }
        Apply(part, part + V.Width, part + (2 * V.Width), part + (3 * V.Width));
        Copy(part, w + start, count);
        Copy(part + (2 * V.Width), m + start, count);
        if (TRule.Moments > 1)
        {
            Copy(part + (3 * V.Width), v + start, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Apply(float* w, float* g, float* m, float* v)
    {
        var first = V.Load(m);
        var second = TRule.Moments > 1 ? V.Load(v) : first;
        V.Store(rule.Apply(V.Load(w), V.Load(g), ref first, ref second), w);
        V.Store(first, m);
        if (TRule.Moments > 1)
        {
            V.Store(second, v);
        }
    }

    private static void Copy(float* source, float* target, int count) =>
        new Span<float>(source, count).CopyTo(new Span<float>(target, count));
}
