using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Matrices;

// One and two rows over adjacent panels. Over one panel they have two and four chains, which wait for each other's multiply-adds;
// eight keep up with the cache that the panels stream from.
internal static unsafe partial class MicroKernel<V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneOverFour(int k, float* a, nint step, float* b, nint panelStep, float* c, bool add)
    {
        var p1 = b + panelStep;
        var p2 = p1 + panelStep;
        var p3 = p2 + panelStep;
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        var c02 = add ? V.Load(c + (2 * V.Width)) : default;
        var c03 = add ? V.Load(c + (3 * V.Width)) : default;
        var c04 = add ? V.Load(c + (4 * V.Width)) : default;
        var c05 = add ? V.Load(c + (5 * V.Width)) : default;
        var c06 = add ? V.Load(c + (6 * V.Width)) : default;
        var c07 = add ? V.Load(c + (7 * V.Width)) : default;
        for (; k > 0; k--)
        {
            var x0 = V.Broadcast(*a);
            c00 = V.FusedMultiplyAdd(x0, V.Load(b), c00);
            c01 = V.FusedMultiplyAdd(x0, V.Load(b + V.Width), c01);
            c02 = V.FusedMultiplyAdd(x0, V.Load(p1), c02);
            c03 = V.FusedMultiplyAdd(x0, V.Load(p1 + V.Width), c03);
            c04 = V.FusedMultiplyAdd(x0, V.Load(p2), c04);
            c05 = V.FusedMultiplyAdd(x0, V.Load(p2 + V.Width), c05);
            c06 = V.FusedMultiplyAdd(x0, V.Load(p3), c06);
            c07 = V.FusedMultiplyAdd(x0, V.Load(p3 + V.Width), c07);
            a += step;
            b += 2 * V.Width;
            p1 += 2 * V.Width;
            p2 += 2 * V.Width;
            p3 += 2 * V.Width;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Width);
        V.Store(c02, c + (2 * V.Width));
        V.Store(c03, c + (3 * V.Width));
        V.Store(c04, c + (4 * V.Width));
        V.Store(c05, c + (5 * V.Width));
        V.Store(c06, c + (6 * V.Width));
        V.Store(c07, c + (7 * V.Width));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoOverTwo(
        int k,
        float* a,
        nint rowStep,
        nint step,
        float* b,
        nint panelStep,
        float* c,
        nint ldc,
        bool add
    )
    {
        var p1 = b + panelStep;
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        var c02 = add ? V.Load(c + (2 * V.Width)) : default;
        var c03 = add ? V.Load(c + (3 * V.Width)) : default;
        var c10 = add ? V.Load(c + ldc) : default;
        var c11 = add ? V.Load(c + ldc + V.Width) : default;
        var c12 = add ? V.Load(c + ldc + (2 * V.Width)) : default;
        var c13 = add ? V.Load(c + ldc + (3 * V.Width)) : default;
        for (; k > 0; k--)
        {
            var x0 = V.Broadcast(*a);
            var x1 = V.Broadcast(a[rowStep]);
            var y = V.Load(b);
            c00 = V.FusedMultiplyAdd(x0, y, c00);
            c10 = V.FusedMultiplyAdd(x1, y, c10);
            y = V.Load(b + V.Width);
            c01 = V.FusedMultiplyAdd(x0, y, c01);
            c11 = V.FusedMultiplyAdd(x1, y, c11);
            y = V.Load(p1);
            c02 = V.FusedMultiplyAdd(x0, y, c02);
            c12 = V.FusedMultiplyAdd(x1, y, c12);
            y = V.Load(p1 + V.Width);
            c03 = V.FusedMultiplyAdd(x0, y, c03);
            c13 = V.FusedMultiplyAdd(x1, y, c13);
            a += step;
            b += 2 * V.Width;
            p1 += 2 * V.Width;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Width);
        V.Store(c02, c + (2 * V.Width));
        V.Store(c03, c + (3 * V.Width));
        V.Store(c10, c + ldc);
        V.Store(c11, c + ldc + V.Width);
        V.Store(c12, c + ldc + (2 * V.Width));
        V.Store(c13, c + ldc + (3 * V.Width));
    }
}
