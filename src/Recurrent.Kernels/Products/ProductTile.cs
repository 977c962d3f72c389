namespace Recurrent.Kernels.Products;

/// <summary>What a block of a card and each of its threads compute of a product; all are powers of two.</summary>
/// <param name="Rows">Rows of C of a block, in warps of four threads.</param>
/// <param name="Columns">Columns of C of a block, in warps of eight threads.</param>
/// <param name="ThreadRows">Rows of C of a thread.</param>
/// <param name="ThreadColumns">Columns of C of a thread.</param>
/// <param name="Depth">Values of k that shared memory holds at a time, a chunk.</param>
/// <param name="ResidentBlocks">Blocks that must fit on a multiprocessor; 0: as many as come out.</param>
internal sealed record ProductTile(
    int Rows,
    int Columns,
    int ThreadRows,
    int ThreadColumns,
    int Depth,
    int ResidentBlocks = 0
)
{
    /// <summary>The most values that a load takes.</summary>
    public const int Width = 4;

    private const int Lanes = 32;
    private const int Schedulers = 4; // of a multiprocessor, each of which issues an instruction a clock

    /// <summary>Every tile that is the best of some shape, perhaps.</summary>
    public static IReadOnlyList<ProductTile> Variants { get; } =
    [
        // Large products, by what a thread reads of shared memory for a multiply-add.
        new(128, 128, 8, 8, 16),
        new(128, 128, 8, 8, 8, ResidentBlocks: 2),
        new(128, 128, 8, 8, 16, ResidentBlocks: 2),
        new(256, 128, 8, 16, 8),
        new(256, 128, 8, 16, 16),
        new(128, 64, 8, 8, 16),
        new(64, 64, 8, 4, 16),
        new(64, 64, 4, 4, 16),
        // Many rows of few columns.
        new(128, 32, 8, 4, 16),
        new(64, 32, 4, 4, 32),
        // Small ones, whose time is that of a chain: many blocks, and long chunks, since each waits for memory.
        new(32, 32, 4, 4, 32),
        new(32, 32, 2, 2, 32),
        new(32, 32, 2, 2, 64),
        new(16, 32, 2, 2, 64),
        new(32, 16, 4, 2, 64),
        new(16, 16, 2, 2, 64),
        new(16, 16, 2, 2, 128),
    ];

    /// <summary>Threads of a block.</summary>
    public int Threads => Rows / ThreadRows * (Columns / ThreadColumns);

    /// <summary>The tile that should be the fastest for a shape.</summary>
    /// <param name="rows">Rows of C.</param>
    /// <param name="columns">Columns of C.</param>
    /// <param name="depth">Length of the chains.</param>
    /// <param name="multiprocessors">Those of the card.</param>
    public static ProductTile For(int rows, int columns, int depth, int multiprocessors) =>
        Variants.MinBy(tile => tile.Clocks(rows, columns, depth, multiprocessors))!;

    /// <summary>Blocks for a shape.</summary>
    public int Blocks(int rows, int columns) => Ceiling(rows, Rows) * Ceiling(columns, Columns);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Rows}x{Columns} by {ThreadRows}x{ThreadColumns} of {Depth}"
        + (ResidentBlocks > 0 ? $" {ResidentBlocks} resident" : "");

    /// <summary>
    /// About the clocks of the multiprocessor that has the most to do. The numbers are those that fit what an H100 took
    /// for twelve shapes by every tile; the tile chosen was then within 4% of the best, on average.
    /// </summary>
    private double Clocks(int rows, int columns, int depth, int multiprocessors)
    {
        const int latency = 1300; // of the card's memory, which each chunk waits for that comes sooner
        const int bytes = 15; // that come to a multiprocessor in a clock
        const double load = 1.5; // instructions that one from shared memory counts for
        const int registers = 65536;
        const int threads = 2048;
        var blocks = Ceiling(Blocks(rows, columns), multiprocessors);
        var registersOfThread =
            (ThreadRows * ThreadColumns)
            + (2 * (ThreadRows + ThreadColumns))
            + ((Rows + Columns) * Depth / Threads)
            + 32; // for addresses
        if (ResidentBlocks > 0)
        {
            registersOfThread = Math.Min(registersOfThread, registers / (ResidentBlocks * Threads));
        }
        var resident = Math.Clamp(Math.Min(registers / registersOfThread, threads) / Threads, 1, blocks);
        // Instructions of a warp for one k, and the turns for which its loads hold up the shared memory.
        var (multiplies, loads) = (ThreadRows * ThreadColumns, Parts(ThreadRows) + Parts(ThreadColumns));
        var turns = Turns(ThreadRows) + Turns(ThreadColumns);
        var warps = resident * Threads / Lanes;
        var clocks =
            (double)Depth * Math.Max(Ceiling(warps, Schedulers) * (multiplies + (load * loads)), warps * turns);
        clocks = Math.Max(clocks, resident * (Rows + Columns) * Depth * sizeof(float) / (double)bytes);
        var others = Math.Max(0, Ceiling(depth, Depth) - 1);
        return Ceiling(blocks, resident) * (latency + (others * Math.Max(clocks, latency)) + clocks);

        static int Parts(int count) => Ceiling(count, Width);
        static int Turns(int count) => Ceiling(count, Width / 2);
    }

    private static int Ceiling(int count, int unit) => (count + unit - 1) / unit;
}
