using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Matrices;

/// <summary>
/// Register tiles: R rows of C by two vectors of columns, R = 6, 4, 2 or 1. Every element is one chain of fused
/// multiply-adds over ascending k that continues from what C holds, so that neither the tile nor the block of k
/// changes a bit of the result.
/// </summary>
/// <remarks>
/// Six rows by two vectors take twelve accumulators, two vectors of B and one value of A: fifteen of the sixteen
/// registers that AVX2 has, and enough independent chains to hide the latency of the multiply-adds.
/// </remarks>
internal static unsafe class MicroKernel<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Rows of the tallest tile.</summary>
    public const int MaxRows = 6;

    /// <summary>Columns of every tile: two vectors.</summary>
    public static int Columns => 2 * V.Width;

    /// <summary>C(rows, Columns) = [C +] A(rows, k) · B(k, Columns).</summary>
    /// <remarks>
    /// A(i, k) is a[i·rowStep + k·step]; b is one packed panel (k, Columns); C's rows lie ldc apart. With add the
    /// chains continue from what C holds, otherwise they start from zero.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rows(
        int rows,
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
        while (rows >= 6)
        {
            Six(k, a, rowStep, step, b, c, ldc, add);
            a += 6 * rowStep;
            c += 6 * ldc;
            rows -= 6;
        }
        if (rows >= 4)
        {
            Four(k, a, rowStep, step, b, c, ldc, add);
            a += 4 * rowStep;
            c += 4 * ldc;
            rows -= 4;
        }
        if (rows >= 2)
        {
            Two(k, a, rowStep, step, b, c, ldc, add);
            a += 2 * rowStep;
            c += 2 * ldc;
            rows -= 2;
        }
        if (rows >= 1)
        {
            One(k, a, step, b, c, add);
        }
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
            var x = V.Broadcast(*a);
            c00 = V.FusedMultiplyAdd(x, b0, c00);
            c01 = V.FusedMultiplyAdd(x, b1, c01);
            x = V.Broadcast(a[rowStep]);
            c10 = V.FusedMultiplyAdd(x, b0, c10);
            c11 = V.FusedMultiplyAdd(x, b1, c11);
            x = V.Broadcast(a[2 * rowStep]);
            c20 = V.FusedMultiplyAdd(x, b0, c20);
            c21 = V.FusedMultiplyAdd(x, b1, c21);
            x = V.Broadcast(*a3);
            c30 = V.FusedMultiplyAdd(x, b0, c30);
            c31 = V.FusedMultiplyAdd(x, b1, c31);
            x = V.Broadcast(a3[rowStep]);
            c40 = V.FusedMultiplyAdd(x, b0, c40);
            c41 = V.FusedMultiplyAdd(x, b1, c41);
            x = V.Broadcast(a3[2 * rowStep]);
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
            var x = V.Broadcast(*a);
            c00 = V.FusedMultiplyAdd(x, b0, c00);
            c01 = V.FusedMultiplyAdd(x, b1, c01);
            x = V.Broadcast(a[rowStep]);
            c10 = V.FusedMultiplyAdd(x, b0, c10);
            c11 = V.FusedMultiplyAdd(x, b1, c11);
            x = V.Broadcast(a[2 * rowStep]);
            c20 = V.FusedMultiplyAdd(x, b0, c20);
            c21 = V.FusedMultiplyAdd(x, b1, c21);
            x = V.Broadcast(a[3 * rowStep]);
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
            var x = V.Broadcast(*a);
            c00 = V.FusedMultiplyAdd(x, b0, c00);
            c01 = V.FusedMultiplyAdd(x, b1, c01);
            x = V.Broadcast(a[rowStep]);
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
    private static void One(int k, float* a, nint step, float* b, float* c, bool add)
    {
        var c00 = add ? V.Load(c) : default;
        var c01 = add ? V.Load(c + V.Width) : default;
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            var x = V.Broadcast(*a);
            c00 = V.FusedMultiplyAdd(x, b0, c00);
            c01 = V.FusedMultiplyAdd(x, b1, c01);
            a += step;
            b += 2 * V.Width;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Width);
    }
}
