using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Products;

// Tiles of five to eight rows over one panel; seven and eight need the thirty-two registers of AVX-512.
internal static unsafe partial class MicroKernel<V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Five(int k, float* a, nint rowStep, nint step, float* b, float* c, nint ldc, bool add)
    {
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        var c10 = add ? V.Load(c + ldc) : default;
        var c11 = add ? V.Load(c + ldc + V.Width) : default;
        var c20 = add ? V.Load(c + (2 * ldc)) : default;
        var c21 = add ? V.Load(c + (2 * ldc) + V.Width) : default;
        var c30 = add ? V.Load(c + (3 * ldc)) : default;
        var c31 = add ? V.Load(c + (3 * ldc) + V.Width) : default;
        var c40 = add ? V.Load(c + (4 * ldc)) : default;
        var c41 = add ? V.Load(c + (4 * ldc) + V.Width) : default;
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
            x = a3[rowStep];
            c40 = V.FusedMultiplyAdd(x, b0, c40);
            c41 = V.FusedMultiplyAdd(x, b1, c41);
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
        V.Store(c40, c + (4 * ldc));
        V.Store(c41, c + (4 * ldc) + V.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(int k, float* a, nint rowStep, nint step, float* b, float* c, nint ldc, bool add)
    {
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        var c10 = add ? V.Load(c + ldc) : default;
        var c11 = add ? V.Load(c + ldc + V.Width) : default;
        var c20 = add ? V.Load(c + (2 * ldc)) : default;
        var c21 = add ? V.Load(c + (2 * ldc) + V.Width) : default;
        var c30 = add ? V.Load(c + (3 * ldc)) : default;
        var c31 = add ? V.Load(c + (3 * ldc) + V.Width) : default;
        var c40 = add ? V.Load(c + (4 * ldc)) : default;
        var c41 = add ? V.Load(c + (4 * ldc) + V.Width) : default;
        var c50 = add ? V.Load(c + (5 * ldc)) : default;
        var c51 = add ? V.Load(c + (5 * ldc) + V.Width) : default;
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
            x = a3[rowStep];
            c40 = V.FusedMultiplyAdd(x, b0, c40);
            c41 = V.FusedMultiplyAdd(x, b1, c41);
            x = a3[2 * rowStep];
            c50 = V.FusedMultiplyAdd(x, b0, c50);
            c51 = V.FusedMultiplyAdd(x, b1, c51);
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
        V.Store(c40, c + (4 * ldc));
        V.Store(c41, c + (4 * ldc) + V.Width);
        V.Store(c50, c + (5 * ldc));
        V.Store(c51, c + (5 * ldc) + V.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Seven(
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
        var c30 = add ? V.Load(c + (3 * ldc)) : default;
        var c31 = add ? V.Load(c + (3 * ldc) + V.Width) : default;
        var c40 = add ? V.Load(c + (4 * ldc)) : default;
        var c41 = add ? V.Load(c + (4 * ldc) + V.Width) : default;
        var c50 = add ? V.Load(c + (5 * ldc)) : default;
        var c51 = add ? V.Load(c + (5 * ldc) + V.Width) : default;
        var c60 = add ? V.Load(c + (6 * ldc)) : default;
        var c61 = add ? V.Load(c + (6 * ldc) + V.Width) : default;
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            var a3 = a + (3 * rowStep);
            var a6 = a3 + (3 * rowStep);
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
            x = a3[rowStep];
            c40 = V.FusedMultiplyAdd(x, b0, c40);
            c41 = V.FusedMultiplyAdd(x, b1, c41);
            x = a3[2 * rowStep];
            c50 = V.FusedMultiplyAdd(x, b0, c50);
            c51 = V.FusedMultiplyAdd(x, b1, c51);
            x = *a6;
            c60 = V.FusedMultiplyAdd(x, b0, c60);
            c61 = V.FusedMultiplyAdd(x, b1, c61);
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
        V.Store(c40, c + (4 * ldc));
        V.Store(c41, c + (4 * ldc) + V.Width);
        V.Store(c50, c + (5 * ldc));
        V.Store(c51, c + (5 * ldc) + V.Width);
        V.Store(c60, c + (6 * ldc));
        V.Store(c61, c + (6 * ldc) + V.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(
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
        var c30 = add ? V.Load(c + (3 * ldc)) : default;
        var c31 = add ? V.Load(c + (3 * ldc) + V.Width) : default;
        var c40 = add ? V.Load(c + (4 * ldc)) : default;
        var c41 = add ? V.Load(c + (4 * ldc) + V.Width) : default;
        var c50 = add ? V.Load(c + (5 * ldc)) : default;
        var c51 = add ? V.Load(c + (5 * ldc) + V.Width) : default;
        var c60 = add ? V.Load(c + (6 * ldc)) : default;
        var c61 = add ? V.Load(c + (6 * ldc) + V.Width) : default;
        var c70 = add ? V.Load(c + (7 * ldc)) : default;
        var c71 = add ? V.Load(c + (7 * ldc) + V.Width) : default;
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            var a3 = a + (3 * rowStep);
            var a6 = a3 + (3 * rowStep);
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
            x = a3[rowStep];
            c40 = V.FusedMultiplyAdd(x, b0, c40);
            c41 = V.FusedMultiplyAdd(x, b1, c41);
            x = a3[2 * rowStep];
            c50 = V.FusedMultiplyAdd(x, b0, c50);
            c51 = V.FusedMultiplyAdd(x, b1, c51);
            x = *a6;
            c60 = V.FusedMultiplyAdd(x, b0, c60);
            c61 = V.FusedMultiplyAdd(x, b1, c61);
            x = a6[rowStep];
            c70 = V.FusedMultiplyAdd(x, b0, c70);
            c71 = V.FusedMultiplyAdd(x, b1, c71);
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
        V.Store(c40, c + (4 * ldc));
        V.Store(c41, c + (4 * ldc) + V.Width);
        V.Store(c50, c + (5 * ldc));
        V.Store(c51, c + (5 * ldc) + V.Width);
        V.Store(c60, c + (6 * ldc));
        V.Store(c61, c + (6 * ldc) + V.Width);
        V.Store(c70, c + (7 * ldc));
        V.Store(c71, c + (7 * ldc) + V.Width);
    }
}
