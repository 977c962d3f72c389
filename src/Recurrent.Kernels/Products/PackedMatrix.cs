using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>B(k, n) in panels, for products on one thread with few rows and any range of columns.</summary>
internal readonly unsafe struct PackedMatrix<V>(float* panels, int k)
    where V : unmanaged, IVector<V>
{
    // More rows than a tile has use a panel again, so it should stay in the first-level cache.
    private const int BlockOfK = LeftBlock<V>.MaxColumns;

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
        if (rows == 1)
        {
            AddRow(a, c, first, end);
            return;
        }
        if (rows > 2)
        {
            AddCopied(a, rows, c, ldc, first, end);
            return;
        }
        AddBlock(a, k, rows, c, ldc, first, end, firstK: 0, k);
    }

    [SkipLocalsInit]
    private void AddCopied(float* a, int rows, float* c, nint ldc, int first, int end)
    {
        var copy = stackalloc float[LeftBlock<V>.Length];
        for (var row = 0; row < rows; row += LeftBlock<V>.MaxRows)
        {
            var height = Math.Min(LeftBlock<V>.MaxRows, rows - row);
            for (var firstK = 0; firstK < k; firstK += BlockOfK)
            {
                var block = Math.Min(BlockOfK, k - firstK);
                LeftBlock<V>.CopyRows(a + ((nint)row * k) + firstK, k, height, block, copy);
                var target = c + (row * ldc);
                AddBlock(copy, LeftBlock<V>.RowStep, height, target, ldc, first, end, firstK, block);
            }
        }
    }

    [SkipLocalsInit]
    private void AddRow(float* a, float* c, int first, int end)
    {
        var panelStep = (nint)k * Width;
        var room = stackalloc float[MicroKernel<V>.MaxPanels * Width];
        for (var start = first / Width * Width; start < end; start += MicroKernel<V>.MaxPanels * Width)
        {
            var b = panels + (start / Width * panelStep);
            var stop = start + (MicroKernel<V>.MaxPanels * Width);
            if (start >= first && stop <= end)
            {
                MicroKernel<V>.OneRow(MicroKernel<V>.MaxPanels, k, a, b, panelStep, c + start);
                continue;
            }
            var (from, to) = (Math.Max(first, start), Math.Min(end, stop));
            var target = new Span<float>(c + from, to - from);
            new Span<float>(room, MicroKernel<V>.MaxPanels * Width).Clear();
            target.CopyTo(new Span<float>(room + (from - start), to - from));
            MicroKernel<V>.OneRow((to - start + Width - 1) / Width, k, a, b, panelStep, room);
            new Span<float>(room + (from - start), to - from).CopyTo(target);
        }
    }

    private void AddBlock(
        float* a,
        nint rowStep,
        int rows,
        float* c,
        nint ldc,
        int first,
        int end,
        int firstK,
        int blockOfK
    )
    {
        var panelStep = (nint)k * Width;
        var panel = first / Width;
        while (panel * Width < end)
        {
            var start = panel * Width;
            var b = panels + ((nint)firstK * Width) + (panel * panelStep);
            var whole = start < first ? 0 : (end - start) / Width;
            if (whole == 0)
            {
                AddPart(
                    a,
                    rowStep,
                    rows,
                    b,
                    c,
                    ldc,
                    Math.Max(first, start),
                    Math.Min(end, start + Width),
                    blockOfK
                );
                panel++;
            }
            else if (rows == 2)
            {
                MicroKernel<V>.TwoRows(whole, blockOfK, a, rowStep, b, panelStep, c + start, ldc, add: true);
                panel += whole;
            }
            else
            {
                MicroKernel<V>.Rows(rows, blockOfK, a, rowStep, 1, b, c + start, ldc, add: true);
                panel++;
            }
        }
    }

    /// <summary>Columns <paramref name="from"/> to <paramref name="to"/> − 1, of one panel, go through a tile beside C.</summary>
    [SkipLocalsInit]
    private void AddPart(
        float* a,
        nint rowStep,
        int rows,
        float* b,
        float* c,
        nint ldc,
        int from,
        int to,
        int blockOfK
    )
    {
        var tile = stackalloc float[MicroKernel<V>.MaxRows * Width];
        for (var done = 0; done < rows; done += MicroKernel<V>.MaxRows)
        {
            var height = Math.Min(MicroKernel<V>.MaxRows, rows - done);
            new Span<float>(tile, height * Width).Clear();
            for (var i = 0; i < height; i++)
            {
                InC(done + i).CopyTo(InTile(i));
            }
            MicroKernel<V>.Rows(
                height,
                blockOfK,
                a + (done * rowStep),
                rowStep,
                1,
                b,
                tile,
                Width,
                add: true
            );
            for (var i = 0; i < height; i++)
            {
                InTile(i).CopyTo(InC(done + i));
            }
        }

        Span<float> InC(int row) => new(c + (row * ldc) + from, to - from);
        Span<float> InTile(int row) => new(tile + (row * Width) + (from % Width), to - from);
    }
}
