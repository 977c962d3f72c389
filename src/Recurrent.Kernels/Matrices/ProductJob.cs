using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Matrices;

/// <summary>C(m, n) = [C +] A(m, k) · B(k, n), with B in panels; a chunk owns a block of rows and panels of C.</summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct ProductJob<V> : IJob
    where V : unmanaged, IVector<V>
{
    // A panel's block, 256 × two vectors, fills half a first-level cache.
    private const int BlockOfK = 256;

    public float* A; // (m, k); A(i, k) is A[i·RowStep + k·Step]
    public nint RowStep;
    public nint Step;
    public float* B; // panels of (k, two vectors)
    public float* C; // (m, n), rows Ldc apart
    public nint Ldc;
    public int M;
    public int N;
    public int K;
    public bool Add;
    public int RowBlock;
    public int PanelBlock;

    private static int Width => MicroKernel<V>.Columns;

    private readonly int Panels => (N + Width - 1) / Width;

    private readonly int PanelBlocks => (Panels + PanelBlock - 1) / PanelBlock;

    /// <summary>Cuts C into about four chunks a thread, columns first, and returns how many there are.</summary>
    public int Cut(int threads)
    {
        const int smallestChunk = 1 << 17; // multiply-adds worth handing to another thread
        var wanted = (int)Math.Min(4L * threads, (long)M * N * K / smallestChunk);
        if (threads == 1 || wanted <= 1)
        {
            (RowBlock, PanelBlock) = (M, Panels);
            return 1;
        }
        PanelBlock = Math.Max(1, Panels / wanted);
        var rowBlocks = Math.Max(1, wanted / PanelBlocks);
        var tiles = (M + MicroKernel<V>.MaxRows - 1) / MicroKernel<V>.MaxRows;
        RowBlock = Math.Max(1, (tiles + rowBlocks - 1) / rowBlocks) * MicroKernel<V>.MaxRows;
        return (M + RowBlock - 1) / RowBlock * PanelBlocks;
    }

    /// <inheritdoc/>
    public readonly void Run(int index)
    {
        var firstRow = index / PanelBlocks * RowBlock;
        var rows = Math.Min(RowBlock, M - firstRow);
        var firstPanel = index % PanelBlocks * PanelBlock;
        var lastPanel = Math.Min(firstPanel + PanelBlock, Panels);
        for (var k = 0; k < K || k == 0; k += BlockOfK)
        {
            for (var panel = firstPanel; panel < lastPanel; panel++)
            {
                RunPanel(firstRow, rows, panel, k);
            }
        }
    }

    private readonly void RunPanel(int firstRow, int rows, int panel, int firstK)
    {
        var k = Math.Min(BlockOfK, K - firstK);
        var a = A + (firstRow * RowStep) + (firstK * Step);
        var b = B + (((nint)panel * K) + firstK) * Width;
        var c = C + (firstRow * Ldc) + (panel * Width);
        var add = Add || firstK > 0;
        var columns = Math.Min(Width, N - (panel * Width));
        if (columns == Width)
        {
            MicroKernel<V>.Rows(rows, k, a, RowStep, Step, b, c, Ldc, add);
            return;
        }
        RunPartialPanel(rows, columns, k, a, b, c, add);
    }

    /// <summary>The last columns of C, too few for a whole tile, go through a tile beside it.</summary>
    [SkipLocalsInit]
    private readonly void RunPartialPanel(
        int rows,
        int columns,
        int k,
        float* a,
        float* b,
        float* c,
        bool add
    )
    {
        var tile = stackalloc float[MicroKernel<V>.MaxRows * 32];
        for (var row = 0; row < rows; row += MicroKernel<V>.MaxRows)
        {
            var height = Math.Min(MicroKernel<V>.MaxRows, rows - row);
            for (var i = 0; add && i < height; i++)
            {
                Row(c + ((row + i) * Ldc), columns).CopyTo(Row(tile + (i * Width), columns));
                Row(tile + (i * Width) + columns, Width - columns).Clear();
            }
            MicroKernel<V>.Rows(height, k, a + (row * RowStep), RowStep, Step, b, tile, Width, add);
            for (var i = 0; i < height; i++)
            {
                Row(tile + (i * Width), columns).CopyTo(Row(c + ((row + i) * Ldc), columns));
            }
        }
    }

    private static Span<float> Row(float* start, int length) => new(start, length);
}
