using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// Register tiles of one and two rows over several panels. Over one panel they have two and four chains, which wait
/// for each other's multiply-adds; eight keep up with the cache that the panels stream from.
/// </summary>
internal static unsafe class WideTile<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Panels that <see cref="OneRow"/> takes at most.</summary>
    public const int PanelsOfOneRow = 4;

    /// <summary>c(panels · Columns) = [c +] a(k) · B over adjacent panels that start panelStep apart.</summary>
    /// <remarks>
    /// There are at least two, and c has room for <see cref="PanelsOfOneRow"/>: where there are fewer, the last one is
    /// read again from the nearest cache, while the first ones come from a further one, and what comes of it is of no
    /// use.
    /// </remarks>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void OneRow(int panels, int k, float* a, float* b, nint panelStep, float* c, bool add)
    {
        var p1 = panels > 1 ? b + panelStep : b;
        var p2 = panels > 2 ? p1 + panelStep : p1;
        var p3 = panels > 3 ? p2 + panelStep : p2;
        var c0 = add ? V.Load(c) : default;
        var c1 = add ? V.Load(c + V.Width) : default;
        var c2 = add ? V.Load(c + (2 * V.Width)) : default;
        var c3 = add ? V.Load(c + (3 * V.Width)) : default;
        var c4 = add ? V.Load(c + (4 * V.Width)) : default;
        var c5 = add ? V.Load(c + (5 * V.Width)) : default;
        var c6 = add ? V.Load(c + (6 * V.Width)) : default;
        var c7 = add ? V.Load(c + (7 * V.Width)) : default;
        // Four values of k of a panel before the next panel: longer runs of each stream, which memory prefers.
        for (; k >= 4; k -= 4)
        {
            V x0 = a[0];
            V x1 = a[1];
            V x2 = a[2];
            V x3 = a[3];
            c0 = AddFour(x0, x1, x2, x3, b, c0);
            c1 = AddFour(x0, x1, x2, x3, b + V.Width, c1);
            c2 = AddFour(x0, x1, x2, x3, p1, c2);
            c3 = AddFour(x0, x1, x2, x3, p1 + V.Width, c3);
            c4 = AddFour(x0, x1, x2, x3, p2, c4);
            c5 = AddFour(x0, x1, x2, x3, p2 + V.Width, c5);
            c6 = AddFour(x0, x1, x2, x3, p3, c6);
            c7 = AddFour(x0, x1, x2, x3, p3 + V.Width, c7);
            a += 4;
            b += 8 * V.Width;
            p1 += 8 * V.Width;
            p2 += 8 * V.Width;
            p3 += 8 * V.Width;
        }
        for (; k > 0; k--)
        {
            V x = *a;
            c0 = V.FusedMultiplyAdd(x, b, c0);
            c1 = V.FusedMultiplyAdd(x, b + V.Width, c1);
            c2 = V.FusedMultiplyAdd(x, p1, c2);
            c3 = V.FusedMultiplyAdd(x, p1 + V.Width, c3);
            c4 = V.FusedMultiplyAdd(x, p2, c4);
            c5 = V.FusedMultiplyAdd(x, p2 + V.Width, c5);
            c6 = V.FusedMultiplyAdd(x, p3, c6);
            c7 = V.FusedMultiplyAdd(x, p3 + V.Width, c7);
            a++;
            b += 2 * V.Width;
            p1 += 2 * V.Width;
            p2 += 2 * V.Width;
            p3 += 2 * V.Width;
        }
        V.Store(c0, c);
        V.Store(c1, c + V.Width);
        V.Store(c2, c + (2 * V.Width));
        V.Store(c3, c + (3 * V.Width));
        V.Store(c4, c + (4 * V.Width));
        V.Store(c5, c + (5 * V.Width));
        V.Store(c6, c + (6 * V.Width));
        V.Store(c7, c + (7 * V.Width));
    }

    /// <summary>A chain's next four links: one vector of a panel's columns, four rows down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V AddFour(V x0, V x1, V x2, V x3, float* b, V c)
    {
        c = V.FusedMultiplyAdd(x0, b, c);
        c = V.FusedMultiplyAdd(x1, b + (2 * V.Width), c);
        c = V.FusedMultiplyAdd(x2, b + (4 * V.Width), c);
        return V.FusedMultiplyAdd(x3, b + (6 * V.Width), c);
    }

    /// <summary>Panels that <see cref="TwoRows"/> takes.</summary>
    public const int PanelsOfTwoRows = 2;

    /// <summary>C(2, 2 · Columns) = [C +] A(2, k) · B over two adjacent panels that start panelStep apart.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void TwoRows(int k, float* a, nint rowStep, float* b, nint panelStep, float* c, nint ldc, bool add)
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
            V x0 = *a;
            V x1 = a[rowStep];
            c00 = V.FusedMultiplyAdd(x0, b, c00);
            c10 = V.FusedMultiplyAdd(x1, b, c10);
            c01 = V.FusedMultiplyAdd(x0, b + V.Width, c01);
            c11 = V.FusedMultiplyAdd(x1, b + V.Width, c11);
            c02 = V.FusedMultiplyAdd(x0, p1, c02);
            c12 = V.FusedMultiplyAdd(x1, p1, c12);
            c03 = V.FusedMultiplyAdd(x0, p1 + V.Width, c03);
            c13 = V.FusedMultiplyAdd(x1, p1 + V.Width, c13);
            a++;
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
