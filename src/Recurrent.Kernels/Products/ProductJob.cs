using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>C(m, n) = [C +] A(m, k) · B(k, n), with B in panels; a chunk owns a block of rows and panels of C.</summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct ProductJob<V> : IJob
    where V : unmanaged, IVector<V>
{
    // A panel's block, 256 × two vectors, fills half a first-level cache.
    private const int BlockOfK = LeftBlock<V>.MaxColumns;

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
    public int RowBlocks;
    public int PanelBlocks;

    private static int Tile
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => MicroKernel<V>.MaxRows;
    }

    private static int Width => MicroKernel<V>.Columns;

    private readonly int Tiles => (M + Tile - 1) / Tile;

    private readonly int Panels => (N + Width - 1) / Width;

    /// <summary>Cuts C into about four chunks a thread, rows first, and returns how many there are.</summary>
    public int Cut(int threads)
    {
        const int smallestChunk = 1 << 17; // multiply-adds worth handing to another thread
        var wanted = threads == 1 ? 1 : Math.Min(4L * threads, (long)M * N * K / smallestChunk);
        RowBlocks = (int)Math.Clamp(wanted, 1, Math.Max(1, Tiles));
        PanelBlocks = (int)Math.Clamp(wanted / RowBlocks, 1, Math.Max(1, Panels));
        return RowBlocks * PanelBlocks;
    }

    /// <inheritdoc/>
    public readonly void Run(int index)
    {
        var (rowBlock, panelBlock) = (index / PanelBlocks, index % PanelBlocks);
        var firstRow = Share(Tiles, rowBlock, RowBlocks) * Tile;
        var lastRow = Math.Min(Share(Tiles, rowBlock + 1, RowBlocks) * Tile, M);
        var firstPanel = Share(Panels, panelBlock, PanelBlocks);
        var lastPanel = Share(Panels, panelBlock + 1, PanelBlocks);
        if (M <= 2 && Step == 1)
        {
            RunFewRows(firstPanel * Width, Math.Min(lastPanel * Width, N));
            return;
        }
        for (var k = 0; k < K || k == 0; k += BlockOfK)
        {
            RunBlock(firstRow, lastRow, firstPanel, lastPanel, k);
        }
    }

    /// <summary>One or two rows take several panels at once.</summary>
    private readonly void RunFewRows(int firstColumn, int end)
    {
        for (var row = 0; row < M && !Add; row++)
        {
            Row(C + (row * Ldc) + firstColumn, end - firstColumn).Clear();
        }
        if (M > 0)
        {
            new PackedMatrix<V>(B, K).AddProduct(A, M, C, Ldc, firstColumn, end);
        }
    }

    private static int Share(int count, int index, int of) => (int)((long)count * index / of);

    [SkipLocalsInit]
    private readonly void RunBlock(int firstRow, int lastRow, int firstPanel, int lastPanel, int firstK)
    {
        var copy = stackalloc float[LeftBlock<V>.Length];
        var k = Math.Min(BlockOfK, K - firstK);
        for (var first = firstRow; first < lastRow; first += LeftBlock<V>.MaxRows)
        {
            var rows = Math.Min(LeftBlock<V>.MaxRows, lastRow - first);
            var a = A + (first * RowStep) + (firstK * Step);
            if (Step == 1)
            {
                LeftBlock<V>.CopyRows(a, RowStep, rows, k, copy);
                RunPanels(first, rows, firstPanel, lastPanel, firstK, copy, LeftBlock<V>.RowStep, 1);
            }
            else
            {
                LeftBlock<V>.CopyColumns(a, Step, rows, k, copy);
                RunPanels(first, rows, firstPanel, lastPanel, firstK, copy, 1, Tile);
            }
        }
    }

    /// <summary>The rows of a block of k through every panel; tiles of A are <c>Tile·k</c> apart where it was copied.</summary>
    private readonly void RunPanels(
        int firstRow,
        int rows,
        int firstPanel,
        int lastPanel,
        int firstK,
        float* a,
        nint rowStep,
        nint step
    )
    {
        var k = Math.Min(BlockOfK, K - firstK);
        var add = Add || firstK > 0;
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var b = B + (((nint)panel * K) + firstK) * Width;
            var c = C + (firstRow * Ldc) + (panel * Width);
            var columns = Math.Min(Width, N - (panel * Width));
            if (step == 1)
            {
                RunPanel(rows, columns, k, a, rowStep, step, b, c, add);
                continue;
            }
            for (var row = 0; row < rows; row += Tile)
            {
                RunPanel(
                    Math.Min(Tile, rows - row),
                    columns,
                    k,
                    a + ((nint)row * k),
                    rowStep,
                    step,
                    b,
                    c + (row * Ldc),
                    add
                );
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void RunPanel(
        int rows,
        int columns,
        int k,
        float* a,
        nint rowStep,
        nint step,
        float* b,
        float* c,
        bool add
    )
    {
        if (columns == Width)
        {
            MicroKernel<V>.Rows(rows, k, a, rowStep, step, b, c, Ldc, add);
        }
        else
        {
            RunPartialPanel(rows, columns, k, a, rowStep, step, b, c, add);
        }
    }

    /// <summary>The last columns of C, too few for a whole tile, go through a tile beside it.</summary>
    [SkipLocalsInit]
    private readonly void RunPartialPanel(
        int rows,
        int columns,
        int k,
        float* a,
        nint rowStep,
        nint step,
        float* b,
        float* c,
        bool add
    )
    {
        var tile = stackalloc float[Tile * 32];
        for (var row = 0; row < rows; row += Tile)
        {
            var height = Math.Min(Tile, rows - row);
            for (var i = 0; add && i < height; i++)
            {
                Row(c + ((row + i) * Ldc), columns).CopyTo(Row(tile + (i * Width), columns));
                Row(tile + (i * Width) + columns, Width - columns).Clear();
            }
            MicroKernel<V>.Rows(height, k, a + (row * rowStep), rowStep, step, b, tile, Width, add);
            for (var i = 0; i < height; i++)
            {
                Row(tile + (i * Width), columns).CopyTo(Row(c + ((row + i) * Ldc), columns));
            }
        }
    }

    private static Span<float> Row(float* start, int length) => new(start, length);
}
