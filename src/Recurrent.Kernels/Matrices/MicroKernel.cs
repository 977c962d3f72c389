using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Matrices;

/// <summary>
/// Register tiles: rows of C by two vectors of columns, or one or two rows by more. Every element is one chain of fused
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

    /// <summary>C(rows, panels · Columns) = [C +] A(rows, k) · B over adjacent panels that start panelStep apart.</summary>
    /// <remarks>As <see cref="Rows"/> for each panel; one or two rows take several panels at once.</remarks>
    public static void Panels(
        int rows,
        int panels,
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
        while (panels > 0)
        {
            var width = 1;
            if (rows == 1 && panels >= 4)
            {
                width = 4;
                OneOverFour(k, a, step, b, panelStep, c, add);
            }
            else if (rows == 2 && panels >= 2)
            {
                width = 2;
                TwoOverTwo(k, a, rowStep, step, b, panelStep, c, ldc, add);
            }
            else
            {
                Rows(rows, k, a, rowStep, step, b, c, ldc, add);
            }
            b += width * panelStep;
            c += width * Columns;
            panels -= width;
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
