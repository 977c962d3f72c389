using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Products;

// Tiles of one to four rows over one panel.
internal static unsafe partial class MicroKernel<V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(int k, float* a, nint step, float* b, float* c, bool add)
    {
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            V x = *a;
            c00 = V.FusedMultiplyAdd(x, b0, c00);
            c01 = V.FusedMultiplyAdd(x, b1, c01);
            a += step;
            b += 2 * V.Width;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(int k, float* a, nint rowStep, nint step, float* b, float* c, nint ldc, bool add)
    {
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        var c10 = add ? V.Load(c + ldc) : default;
        var c11 = add ? V.Load(c + ldc + V.Width) : default;
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            V x = *a;
            c00 = V.FusedMultiplyAdd(x, b0, c00);
            c01 = V.FusedMultiplyAdd(x, b1, c01);
            x = a[rowStep];
            c10 = V.FusedMultiplyAdd(x, b0, c10);
            c11 = V.FusedMultiplyAdd(x, b1, c11);
            a += step;
            b += 2 * V.Width;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Width);
        V.Store(c10, c + ldc);
        V.Store(c11, c + ldc + V.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three(
        int k,
        float* a,
        nint rowStep,
        nint step,
        float* b,
        float* c,
        nint ldc,
        bool add
    )
    {
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        var c10 = add ? V.Load(c + ldc) : default;
        var c11 = add ? V.Load(c + ldc + V.Width) : default;
        var c20 = add ? V.Load(c + (2 * ldc)) : default;
        var c21 = add ? V.Load(c + (2 * ldc) + V.Width) : default;
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            V x = *a;
            c00 = V.FusedMultiplyAdd(x, b0, c00);
            c01 = V.FusedMultiplyAdd(x, b1, c01);
            x = a[rowStep];
            c10 = V.FusedMultiplyAdd(x, b0, c10);
            c11 = V.FusedMultiplyAdd(x, b1, c11);
            x = a[2 * rowStep];
            c20 = V.FusedMultiplyAdd(x, b0, c20);
            c21 = V.FusedMultiplyAdd(x, b1, c21);
            a += step;
            b += 2 * V.Width;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Width);
        V.Store(c10, c + ldc);
        V.Store(c11, c + ldc + V.Width);
        V.Store(c20, c + (2 * ldc));
        V.Store(c21, c + (2 * ldc) + V.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(int k, float* a, nint rowStep, nint step, float* b, float* c, nint ldc, bool add)
    {
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        var c10 = add ? V.Load(c + ldc) : default;
        var c11 = add ? V.Load(c + ldc + V.Width) : default;
        var c20 = add ? V.Load(c + (2 * ldc)) : default;
        var c21 = add ? V.Load(c + (2 * ldc) + V.Width) : default;
        var c30 = add ? V.Load(c + (3 * ldc)) : default;
        var c31 = add ? V.Load(c + (3 * ldc) + V.Width) : default;
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            var a3 = a + (3 * rowStep);
            V x = *a;
            c00 = V.FusedMultiplyAdd(x, b0, c00);
            c01 = V.FusedMultiplyAdd(x, b1, c01);
            x = a[rowStep];
            c10 = V.FusedMultiplyAdd(x, b0, c10);
            c11 = V.FusedMultiplyAdd(x, b1, c11);
            x = a[2 * rowStep];
            c20 = V.FusedMultiplyAdd(x, b0, c20);
            c21 = V.FusedMultiplyAdd(x, b1, c21);
            x = *a3;
            c30 = V.FusedMultiplyAdd(x, b0, c30);
            c31 = V.FusedMultiplyAdd(x, b1, c31);
            a += step;
            b += 2 * V.Width;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Width);
        V.Store(c10, c + ldc);
        V.Store(c11, c + ldc + V.Width);
        V.Store(c20, c + (2 * ldc));
        V.Store(c21, c + (2 * ldc) + V.Width);
        V.Store(c30, c + (3 * ldc));
        V.Store(c31, c + (3 * ldc) + V.Width);
    }
}
