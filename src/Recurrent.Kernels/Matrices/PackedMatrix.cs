using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Matrices;

/// <summary>B(k, n) in panels, for products on one thread with few rows and any range of columns.</summary>
internal readonly unsafe struct PackedMatrix<V>(float* panels, int k)
    where V : unmanaged, IVector<V>
{
    // More rows than a tile has use a panel again, so it should stay in the first-level cache.
    private const int BlockOfK = 256;

    private static int Width => MicroKernel<V>.Columns;

    /// <summary>C(rows, columns first to end − 1) += A(rows, k)·B.</summary>
    /// <param name="a">A, rows k apart.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="c">C at column 0, rows ldc apart.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="first">First column.</param>
    /// <param name="end">Column after the last.</param>
    public void AddProduct(float* a, int rows, float* c, nint ldc, int first, int end)
    {
        var block = rows > MicroKernel<V>.MaxRows ? BlockOfK : k;
        for (var firstK = 0; firstK < k; firstK += block)
        {
            AddBlock(a, rows, c, ldc, first, end, firstK, Math.Min(block, k - firstK));
        }
    }

    private void AddBlock(
        float* a,
        int rows,
        float* c,
        nint ldc,
        int first,
        int end,
        int firstK,
        int blockOfK
    )
    {
        a += firstK;
        var b = panels + ((nint)firstK * Width);
        var panelStep = (nint)k * Width;
        for (var panel = first / Width; panel * Width < end; )
        {
            var start = panel * Width;
            var whole = start < first ? 0 : (end - start) / Width;
            if (whole > 0)
            {
                MicroKernel<V>.Panels(
                    rows,
                    whole,
                    blockOfK,
                    a,
                    k,
                    1,
                    b + (panel * panelStep),
                    panelStep,
                    c + start,
                    ldc,
                    add: true
                );
                panel += whole;
                continue;
            }
            var (from, to) = (Math.Max(first, start), Math.Min(end, start + Width));
            AddPart(a, rows, b + (panel * panelStep), c + from, ldc, from - start, to - start, blockOfK);
            panel++;
        }
    }

    /// <summary>Columns <paramref name="from"/> to <paramref name="to"/> − 1 of a panel go through a tile beside C.</summary>
    [SkipLocalsInit]
    private void AddPart(float* a, int rows, float* b, float* c, nint ldc, int from, int to, int blockOfK)
    {
        var tile = stackalloc float[MicroKernel<V>.MaxRows * Width];
        for (var done = 0; done < rows; done += MicroKernel<V>.MaxRows)
        {
            var height = Math.Min(MicroKernel<V>.MaxRows, rows - done);
            new Span<float>(tile, height * Width).Clear();
            for (var i = 0; i < height; i++)
            {
                Part(c + ((done + i) * ldc)).CopyTo(Part(tile + (i * Width) + from));
            }
            MicroKernel<V>.Rows(height, blockOfK, a + ((nint)done * k), k, 1, b, tile, Width, add: true);
            for (var i = 0; i < height; i++)
            {
                Part(tile + (i * Width) + from).CopyTo(Part(c + ((done + i) * ldc)));
            }
        }

        Span<float> Part(float* start) => new(start, to - from);
    }
}
