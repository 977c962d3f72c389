using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// Register tiles: rows of C by two vectors of columns, or one or two rows by several. Every element is one chain of fused
/// multiply-adds over ascending k that continues from what C holds, so that neither the tile nor the block of k
/// changes a bit of the result.
/// </summary>
/// <remarks>
/// Six rows by two vectors take twelve accumulators, two vectors of B and one value of A: fifteen of the sixteen
/// registers that AVX2 has, and enough independent chains to hide the latency of the multiply-adds. AVX-512 has
/// thirty-two registers; there eight rows keep the instruction decoder, too, out of the way.
/// </remarks>
internal static unsafe partial class MicroKernel<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Columns of a panel: two vectors.</summary>
    public static int Columns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * V.Width;
    }

    /// <summary>Rows of the tallest tile.</summary>
    public static int MaxRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.Width == 16 ? 8 : 6;
    }

    /// <summary>C(rows, Columns) = [C +] A(rows, k) · B(k, Columns).</summary>
    /// <remarks>
    /// A(i, k) is a[i·rowStep + k·step]; b is one packed panel (k, Columns); C's rows lie ldc apart. With add the
    /// chains continue from what C holds, otherwise they start from zero.
    /// </remarks>
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
        // As few tiles as possible, and those as equal as possible: low ones have too few chains.
        for (var tiles = (rows + MaxRows - 1) / MaxRows; tiles > 0; tiles--)
        {
            var height = (rows + tiles - 1) / tiles;
            Tile(height, k, a, rowStep, step, b, c, ldc, add);
            a += height * rowStep;
            c += height * ldc;
            rows -= height;
        }
    }

    /// <summary>C(2, panels · Columns) = [C +] A(2, k) · B over adjacent panels, as <see cref="Rows"/> for each.</summary>
    /// <remarks>The panels start panelStep apart.</remarks>
    public static void TwoRows(
        int panels,
        int k,
        float* a,
        nint rowStep,
        float* b,
        nint panelStep,
        float* c,
        nint ldc,
        bool add
    )
    {
        for (; panels > 1; panels -= 2)
        {
            TwoOverTwo(k, a, rowStep, b, panelStep, c, ldc, add);
            b += 2 * panelStep;
            c += 2 * Columns;
        }
        if (panels > 0)
        {
            Two(k, a, rowStep, 1, b, c, ldc, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(
        int height,
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
        switch (height)
        {
            case 1:
                One(k, a, step, b, c, add);
                break;
            case 2:
                Two(k, a, rowStep, step, b, c, ldc, add);
                break;
            case 3:
                Three(k, a, rowStep, step, b, c, ldc, add);
                break;
            case 4:
                Four(k, a, rowStep, step, b, c, ldc, add);
                break;
            case 5:
                Five(k, a, rowStep, step, b, c, ldc, add);
                break;
            case 6:
                Six(k, a, rowStep, step, b, c, ldc, add);
                break;
            case 7:
                Seven(k, a, rowStep, step, b, c, ldc, add);
                break;
            default:
                Eight(k, a, rowStep, step, b, c, ldc, add);
                break;
        }
    }
}
