using System.Runtime.InteropServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// C = [C +] A·B. Each element is one chain of fused multiply-adds over ascending k. Rows in groups are a piece of a
/// larger work, and stay on the calling thread.
/// </summary>
internal readonly unsafe struct MatrixProduct() : IKernel
{
    /// <summary>Rows of A that share a pass over B: so many that they hardly wait for one from memory.</summary>
    public const int RowsOfPass = 128;

    private const int NearValues = 1 << 21; // that a processor's last cache keeps

    public required Operand<float> A { get; init; } // (Rows, Depth), or (Depth, Rows) when TransposedA
    public bool TransposedA { get; init; }

    /// <summary>
    /// The distance between the rows of a transposed A; 0 for Rows. More for some columns of a wider matrix.
    /// </summary>
    public int StepA { get; init; }
    public required Operand<float> B { get; init; } // (Depth, Columns) as Pack left it, or as it is when PlainB

    /// <summary>Whether B is a plain matrix, which it may be where its rows are whole panels.</summary>
    public bool PlainB { get; init; }
    public required Operand<float> C { get; init; } // (Rows, Columns)
    public required int Rows { get; init; } // of a group

    /// <summary>
    /// Groups of rows of A and C, which lie GroupStep rows apart: those of some rows of a batch, step by step in time.
    /// </summary>
    public int Groups { get; init; } = 1;
    public int GroupStep { get; init; }
    public required int Columns { get; init; }
    public required int Depth { get; init; }
    public bool Accumulate { get; init; } // whether the chains continue from what C holds, or start from zero

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var step = StepA > 0 ? StepA : Rows;
        var rows = ((Groups - 1L) * GroupStep) + Rows; // from the first to the last
        var a = A.Pointer(TransposedA ? Operand.Length(Depth, Rows, step) : rows * Depth);
        var right = B.Pointer(Pack.Length(Depth, Columns));
        var b = PlainB ? PackedMatrix<V>.Plain(right, Depth, Columns) : new PackedMatrix<V>(right, Depth);
        var c = C.Pointer(rows * Columns);
        var left = TransposedA ? new LeftOperand(a, 1, step) : new LeftOperand(a, Depth, 1);
        if (Groups > 1)
        {
            var groups = new RowGroups(Rows, Groups, GroupStep);
            b.Multiply(left, groups, c, Columns, 0, Columns, Accumulate);
            return;
        }
        var job = new Job<V>(left, b, c, Rows, Columns, Accumulate, Cut<V>(team.Threads));
        team.Run(job.Chunks, job);
    }

    /// <summary>Whether a B of so many values stays in a processor's caches.</summary>
    public static bool IsNear(long values) => values <= NearValues;

    public void Launch(GpuQueue gpu) => Launch(gpu, ProductTile.For(Rows, Columns, Depth, gpu.Card.Multiprocessors));

    /// <summary>Puts the product into a card's queue.</summary>
    /// <param name="gpu">The card with its programs.</param>
    /// <param name="tile">What a block of the card computes: it decides the speed, never a bit of C.</param>
    public void Launch(GpuQueue gpu, ProductTile tile)
    {
        if (Groups > 1)
        {
            throw new NotSupportedException($"A card multiplies all rows at once, not {Groups} groups of {Rows}.");
        }
        var stepA =
            !TransposedA ? Depth
            : StepA > 0 ? StepA
            : Rows;
        A.Check(TransposedA ? Operand.Length(Depth, Rows, stepA) : (long)Rows * Depth);
        B.Check(Pack.Length(Depth, Columns));
        C.Check((long)Rows * Columns);
        var kind =
            When(TransposedA, ProductKind.TransposedA)
            | When(Accumulate, ProductKind.Accumulate)
            | When(IsWide(A, TransposedA ? Rows : Depth, stepA), ProductKind.WideA)
            | When(IsWide(C, Columns, Columns), ProductKind.WideC)
            | When(Depth > 0 && Depth % tile.Depth == 0, ProductKind.WholeChunks);
        var function = gpu.Function(ProductProgram.Key(tile, kind), ProductProgram.Write);
        var blocks = tile.Blocks(Rows, Columns);
        gpu.Launch(function, blocks, A, B, C, Rows, Columns, Depth, stepA, Pack.Step(Columns));

        static ProductKind When(bool condition, ProductKind kind) => condition ? kind : ProductKind.Plain;
    }

    /// <summary>Whether rows of a matrix are whole pieces of four values at multiples of 16 bytes.</summary>
    private static bool IsWide(Operand<float> matrix, int columns, int step) =>
        columns % ProductTile.Width == 0
        && step % ProductTile.Width == 0
        && matrix.Address % (ProductTile.Width * sizeof(float)) == 0;

    /// <summary>Cuts C into about four chunks a thread, rows first: blocks of rows and blocks of panels.</summary>
    private (int OfRows, int OfPanels) Cut<V>(int threads)
        where V : unmanaged, IVector<V>
    {
        const int smallestChunk = 1 << 17; // multiply-adds worth handing to another thread
        const int chunksOfThread = 4;
        var wanted =
            threads == 1 ? 1 : Math.Min((long)chunksOfThread * threads, (long)Rows * Columns * Depth / smallestChunk);
        var (tiles, panels) = (Ceiling(Rows, Tile<V>.MaxRows), Ceiling(Columns, Tile<V>.Columns));
        var ofRows = (int)Math.Clamp(wanted, 1, Math.Max(1, tiles));
        return (ofRows, (int)Math.Clamp(wanted / ofRows, 1, Math.Max(1, panels)));
    }

    private static int Ceiling(int count, int unit) => (count + unit - 1) / unit;

    /// <summary>A chunk owns a block of rows and a block of panels of C.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Job<V>(
        LeftOperand a,
        PackedMatrix<V> b,
        float* c,
        int rows,
        int columns,
        bool accumulate,
        (int OfRows, int OfPanels) blocks
    ) : IJob
        where V : unmanaged, IVector<V>
    {
        public int Chunks => blocks.OfRows * blocks.OfPanels;

        public void Run(int index)
        {
            var (firstRow, endRow) = Share(rows, Tile<V>.MaxRows, index / blocks.OfPanels, blocks.OfRows);
            var (first, end) = Share(columns, Tile<V>.Columns, index % blocks.OfPanels, blocks.OfPanels);
            b.Multiply(
                a.From(firstRow, 0),
                endRow - firstRow,
                c + ((nint)firstRow * columns),
                columns,
                first,
                end,
                accumulate
            );
        }

        /// <summary>An equal share of a length, in whole units but for its end.</summary>
        private static (int First, int End) Share(int length, int unit, int index, int of)
        {
            var units = Ceiling(length, unit);
            var (first, end) = ((long)units * index / of, (long)units * (index + 1) / of);
            return ((int)first * unit, (int)Math.Min(end * unit, length));
        }
    }
}
