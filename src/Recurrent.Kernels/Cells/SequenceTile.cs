using System.Collections.Concurrent;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>How a card's blocks and threads share a layer.</summary>
/// <param name="Units">Hidden units of a block, with all their gates.</param>
/// <param name="Rows">Rows of the batch of a block.</param>
/// <param name="ThreadUnits">Hidden units of a thread, which divide the block's.</param>
/// <param name="ThreadRows">Rows of a thread, which divide the block's.</param>
/// <param name="Depth">k of a chunk of what blocks exchange, a multiple of 4.</param>
/// <param name="KeepsWeights">Whether a block's weights stay in its shared memory, or come again for each step.</param>
internal sealed record SequenceTile(int Units, int Rows, int ThreadUnits, int ThreadRows, int Depth, bool KeepsWeights)
{
    private static readonly ConcurrentDictionary<(Cell, int, int, bool, int, int), SequenceTile> s_best = new();

    /// <summary>Threads along units.</summary>
    public int UnitLanes => Units / ThreadUnits;

    /// <summary>Threads along rows.</summary>
    public int RowLanes => Rows / ThreadRows;

    /// <summary>Threads of a block.</summary>
    public int Threads => UnitLanes * RowLanes;

    /// <summary>The tile that should be the fastest on a card.</summary>
    /// <exception cref="NotSupportedException">The card is too small for the layer.</exception>
    public static SequenceTile For(Cell cell, int hiddenSize, int batch, bool backward, GpuCard card)
    {
        if (!cell.IsRecurrent)
        {
            return new SequenceTile(Units: 32, Rows: 4, ThreadUnits: 1, ThreadRows: 1, Depth: 4, KeepsWeights: false);
        }
        var key = (cell, hiddenSize, batch, backward, card.Multiprocessors, card.SharedBytes);
        if (!s_best.TryGetValue(key, out var tile))
        {
            tile = s_best[key] = Best(cell, hiddenSize, batch, backward, card);
        }
        return tile;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Units}x{Rows} by {ThreadUnits}x{ThreadRows} depth {Depth}{(KeepsWeights ? " kept" : "")}";

    /// <summary>Every tile that a card has room for, the fastest first as far as can be told.</summary>
    /// <remarks>A thread has at most <paramref name="mostSums"/> sums.</remarks>
    public static IEnumerable<SequenceTile> All(
        Cell cell,
        int hiddenSize,
        int batch,
        bool backward,
        GpuCard card,
        int mostSums = 32
    ) =>
        from units in (int[])[4, 8, 16, 32, 64, 128, 256, 512]
        where (units == 4 || units < 2 * hiddenSize) && units * card.Multiprocessors >= hiddenSize
        from rows in (int[])[4, 8, 16, 32, 64, 128, 256]
        where rows == 4 || rows < 2 * batch
        from threadUnits in (int[])[1, 2, 4]
        from threadRows in (int[])[1, 2, 4, 8]
        from depth in (int[])[256, 128, 64, 32, 16]
        from keepsWeights in (bool[])[true, false]
        let tile = new SequenceTile(units, rows, threadUnits, threadRows, depth, keepsWeights)
        where tile.Threads is >= 16 and <= 256
        let shape = new SequenceShape(cell, hiddenSize, backward, ReadsTokens: false, IsWhole: true, tile)
        where shape.Fits(card.SharedBytes, mostSums)
        orderby shape.Cycles(batch, card.Multiprocessors, card.SharedBytes)
        select tile;

    private static SequenceTile Best(Cell cell, int hiddenSize, int batch, bool backward, GpuCard card) =>
        All(cell, hiddenSize, batch, backward, card).FirstOrDefault()
        ?? throw new NotSupportedException(
            $"A layer of {hiddenSize} hidden units is too large for {card.Name}, which has {card.Multiprocessors} "
                + $"multiprocessors with {card.SharedBytes:N0} bytes of shared memory; use the processor for it."
        );
}

/// <summary>What the program of a layer's sequence is written for.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="HiddenSize">H.</param>
/// <param name="Backward">Which way.</param>
/// <param name="ReadsTokens">Whether the input's part comes from a table.</param>
/// <param name="IsWhole">Whether each thread has all of its rows and units.</param>
/// <param name="Tile">How blocks and threads share it.</param>
internal sealed record SequenceShape(
    Cell Cell,
    int HiddenSize,
    bool Backward,
    bool ReadsTokens,
    bool IsWhole,
    SequenceTile Tile
)
{
    /// <summary>Counters from one of the batch's row tiles to the next, so that each has a sector of the cache.</summary>
    public const int CounterStep = 8;

    /// <summary>The products of a step.</summary>
    public IReadOnlyList<SequenceProduct> Products => [.. Cut()];

    /// <summary>Values that blocks of the same rows exchange in a step.</summary>
    public int Exchanged => Products[^1].ExchangeStart + Products[^1].Exchanged(Tile);

    /// <summary>Values from one row of the packed weights to the next.</summary>
    public int WeightStep => ((Backward ? HiddenSize : Cell.Gates.Count * HiddenSize) + 31) / 32 * 32;

    /// <summary>The longest chunk of what is exchanged.</summary>
    public int ChunkOfX => Products.Max(product => product.Chunk) * Tile.Rows;

    /// <summary>The longest chunk of weights.</summary>
    public int ChunkOfWeights => Products.Max(product => product.Chunk * product.Gates) * Tile.Units;

    /// <summary>Values of all weights of a block.</summary>
    public int KeptWeights => Products[^1].KeptStart + Products[^1].Kept(Tile);

    private long SharedBytes =>
        4L * ((2 * ChunkOfX) + (Tile.KeepsWeights ? Products.Sum(p => (long)p.Kept(Tile)) : 2 * ChunkOfWeights));

    /// <summary>Whether a block has room for its buffers, and a thread for its values.</summary>
    public bool Fits(int sharedBytes, int mostSums)
    {
        var (columns, rows) = ((Backward ? 1 : Cell.Gates.Count) * Tile.ThreadUnits, Tile.ThreadRows);
        var staged = ChunkOfX + (Tile.KeepsWeights ? 0 : ChunkOfWeights);
        return SharedBytes <= sharedBytes && columns * rows <= mostSums && staged <= 32 * Tile.Threads;
    }

    /// <summary>
    /// An estimate of the cycles of a step. A multiprocessor adds 128 products a cycle, on four schedulers; a thread
    /// adds to one sum every fourth cycle; a load of 16 bytes a thread from shared memory takes two cycles of a warp,
    /// a store four; the second-level cache gives all of them some 3,000 bytes a cycle, and one of them 48. Blocks that
    /// share a multiprocessor have different rows, so that one works while another waits.
    /// </summary>
    public double Cycles(int batch, int multiprocessors, int sharedBytes)
    {
        const double meeting = 2500; // a signal's way, the first chunk's and the equations of the cell
        const double arrival = 5; // of one block among those that meet
        const double chunk = 80; // a barrier, and what waits at it
        const double equations = 200; // of a cell, for a warp beside which others run on the same scheduler
        const int registersOfThread = 256;
        const int registers = 1 << 16;
        const int sharedOfSystem = 1 << 10; // in each block
        var byRegisters = registers / registersOfThread / Tile.Threads;
        var byShared = (sharedBytes + sharedOfSystem) / (SharedBytes + sharedOfSystem);
        var unitBlocks = Blocks(HiddenSize, Tile.Units);
        var rowTiles = Blocks(batch, Tile.Rows);
        var tilesAtOnce = multiprocessors * (int)Math.Max(1, Math.Min(byRegisters, byShared)) / unitBlocks;
        var blocks = unitBlocks * Math.Min(rowTiles, tilesAtOnce);
        var beside = Blocks(blocks, multiprocessors);
        var warps = Blocks(Tile.Threads, 32);
        var products = Products;
        var idle = products.Sum(product =>
            meeting + (arrival * unitBlocks) + (chunk * Blocks(product.Depth, product.Chunk))
        );
        var alone = Work(1) + idle;
        return Blocks(rowTiles, tilesAtOnce) * (beside == 1 ? alone : Math.Max(alone, Work(beside) + (idle / 4)));

        double Work(int beside)
        {
            var cycles = equations * Blocks(beside * warps, 4) * Tile.ThreadRows * Tile.ThreadUnits;
            foreach (var product in products)
            {
                var columns = product.Gates * Tile.ThreadUnits;
                var sums = columns * Tile.ThreadRows;
                var loads = (columns + Tile.ThreadRows) / 4.0;
                var weights = Tile.KeepsWeights ? 0 : product.Gates * Tile.Units; // values that come again
                var read = Tile.Rows + weights;
                var staging = ((0.5 * Tile.Rows) + (1.25 * weights)) / Tile.Threads; // instructions of a thread
                var adding = Math.Max(4, Blocks(beside * warps, 4) * (sums + loads + staging + 0.25));
                var loading = beside * ((warps * loads * 2) + (read / 32.0));
                var fetching = 4.0 * read * Math.Max(blocks / 3000.0, beside / 48.0);
                // What bounds it, and a part of what should hide behind that.
                var most = Math.Max(adding, Math.Max(loading, fetching));
                cycles += product.Depth * (most + (0.1 * (adding + loading + fetching - most)));
            }
            return cycles;
        }
    }

    private static int Blocks(int length, int size) => (length + size - 1) / size;

    private IEnumerable<SequenceProduct> Cut()
    {
        var gates = Cell.Gates.Count;
        var plain = Cell.GatesH ? gates - 1 : gates; // whose product reads h as it is
        var (exchanged, kept) = (0, 0);
        foreach (var (first, count) in ((int, int)[])[(0, plain), (plain, gates - plain)])
        {
            if (count == 0)
            {
                continue;
            }
            var depth = Backward ? count * HiddenSize : HiddenSize;
            var product = new SequenceProduct(
                depth,
                Math.Min(Tile.Depth, (depth + 3) / 4 * 4),
                Backward ? first * HiddenSize : 0,
                Backward ? 0 : first,
                Backward ? 1 : count,
                exchanged,
                kept
            );
            yield return product;
            exchanged += product.Exchanged(Tile);
            kept += product.Kept(Tile);
        }
    }
}

/// <summary>A product of a step: x (rows, k)·weights (k, units of some gates).</summary>
/// <param name="Depth">All k.</param>
/// <param name="Chunk">k of a chunk.</param>
/// <param name="FirstRow">The row of the weights of the first k.</param>
/// <param name="FirstGate">The first gate; on the way back the gates are rows, and there is one column a unit.</param>
/// <param name="Gates">The number of gates, or 1 on the way back.</param>
/// <param name="ExchangeStart">Where x starts in what is exchanged.</param>
/// <param name="KeptStart">Where its weights start in those that a block keeps.</param>
internal sealed record SequenceProduct(
    int Depth,
    int Chunk,
    int FirstRow,
    int FirstGate,
    int Gates,
    int ExchangeStart,
    int KeptStart
)
{
    /// <summary>Values of x of one side, whole chunks.</summary>
    public int Exchanged(SequenceTile tile) => (Depth + Chunk - 1) / Chunk * Chunk * tile.Rows;

    /// <summary>Values of the weights that a block keeps.</summary>
    public int Kept(SequenceTile tile) => (Depth + 3) / 4 * 4 * Gates * tile.Units;
}
