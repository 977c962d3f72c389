using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>What the program of a layer's sequence is written for.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="HiddenSize">H.</param>
/// <param name="Backward">Which way.</param>
/// <param name="ReadsTokens">Whether the input's part comes from a table.</param>
/// <param name="IsWhole">Whether each thread has all of its rows and units.</param>
/// <param name="HasAsyncCopies">Whether the card has copies to shared memory that go on beside a thread's work.</param>
/// <param name="Tile">How blocks and threads share it.</param>
internal sealed record SequenceShape(
    Cell Cell,
    int HiddenSize,
    bool Backward,
    bool ReadsTokens,
    bool IsWhole,
    bool HasAsyncCopies,
    SequenceTile Tile
)
{
    /// <summary>Counters from one row tile of the batch to the next, so that each has a sector of the cache.</summary>
    public const int CounterStep = 8;

    private const int MostAdds = 2048; // of a thread, for a chunk, which are written one by one

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

    /// <summary>Chunks in shared memory.</summary>
    public int Stages => Math.Min(Tile.Stages, Products.Max(product => product.Chunks) + 1);

    /// <summary>Values of a block's weights, as they are arranged or kept.</summary>
    public int BlockWeights => Products[^1].WeightStart + Products[^1].Weights(Tile);

    /// <summary>Values of the weights that stay in a block's shared memory.</summary>
    public int KeptWeights =>
        Tile.KeepsWeights ? BlockWeights : Tile.KeptChunks * Products[0].Chunk * Products[0].Gates * Tile.Units;

    /// <summary>
    /// Registers that a thread may use, of the multiprocessor's 65,536: for its sums, factors of eight k, on the way
    /// back what the equations need, and the rest.
    /// </summary>
    public int Registers =>
        Sums + (8 * (Columns + Tile.ThreadRows)) + (Backward ? 8 * Tile.ThreadUnits * Tile.ThreadRows : 0) <= 68
            ? 128
            : 256;

    /// <summary>Blocks for whose registers a multiprocessor has room.</summary>
    public int BlocksByRegisters => (1 << 16) / (Registers * ((Tile.Threads + 31) / 32 * 32)); // whole warps

    /// <summary>Bytes of a block's shared memory.</summary>
    public long SharedBytes => 4L * ((Stages * (ChunkOfX + (Tile.KeepsWeights ? 0L : ChunkOfWeights))) + KeptWeights);

    /// <summary>Sums of a thread in one product.</summary>
    public int Sums => Columns * Tile.ThreadRows;

    /// <summary>Columns of a thread in one product.</summary>
    public int Columns => Products.Max(product => product.Gates) * Tile.ThreadUnits;

    /// <summary>Whether a block has room for its buffers and a thread for its values, and a program is short.</summary>
    public bool Fits(GpuCard card)
    {
        var staged = ChunkOfX + (Tile.KeepsWeights ? 0 : ChunkOfWeights); // in registers, if there are no copies
        return SharedBytes <= card.SharedBytes
            && Sums <= 64
            && Sums * Products.Max(product => product.Chunk) <= MostAdds
            && (HasAsyncCopies || staged <= 32 * Tile.Threads);
    }

    /// <summary>Chunks of weights, but not all, for which there is room beside what is there.</summary>
    public int RoomForChunks(GpuCard card) =>
        (int)
            Math.Min(
                Products[0].Chunks - 1,
                (card.SharedBytes - SharedBytes) / (4L * Products[0].Chunk * Products[0].Gates * Tile.Units)
            );

    private IEnumerable<SequenceProduct> Cut()
    {
        var gates = Cell.Gates.Count;
        var plain = Cell.GatesH ? gates - 1 : gates; // whose product reads h as it is
        var (exchanged, weights) = (0, 0);
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
                weights
            );
            yield return product;
            exchanged += product.Exchanged(Tile);
            weights += product.Weights(Tile);
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
/// <param name="WeightStart">Where its weights start in those of a block.</param>
internal sealed record SequenceProduct(
    int Depth,
    int Chunk,
    int FirstRow,
    int FirstGate,
    int Gates,
    int ExchangeStart,
    int WeightStart
)
{
    /// <summary>The number of chunks, of which the last may be cut.</summary>
    public int Chunks => (Depth + Chunk - 1) / Chunk;

    /// <summary>Values of x of one side, whole chunks.</summary>
    public int Exchanged(SequenceTile tile) => Chunks * Chunk * tile.Rows;

    /// <summary>Values of a block's weights: whole chunks, but for those that all stay in shared memory.</summary>
    public int Weights(SequenceTile tile) =>
        (tile.KeepsWeights ? (Depth + 3) / 4 * 4 : Chunks * Chunk) * Gates * tile.Units;
}
