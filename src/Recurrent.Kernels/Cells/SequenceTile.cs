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
    private static readonly ConcurrentDictionary<(Cell, int, int, bool, (int, int), int, int), SequenceTile> s_best =
        new();

    /// <summary>Chunks in shared memory: that on which threads work, and those on their way.</summary>
    public int Stages { get; init; } = 2;

    /// <summary>Chunks of weights of a step's first product that stay in shared memory, where not all do.</summary>
    public int KeptChunks { get; init; }

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
        var key = (cell, hiddenSize, batch, backward, card.Capability, card.Multiprocessors, card.SharedBytes);
        if (!s_best.TryGetValue(key, out var tile))
        {
            tile = s_best[key] = Best(cell, hiddenSize, batch, backward, card);
        }
        return tile;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Units}x{Rows} by {ThreadUnits}x{ThreadRows} depth {Depth} of {Stages}"
        + (
            KeepsWeights ? " kept"
            : KeptChunks > 0 ? $" kept {KeptChunks}"
            : ""
        );

    /// <summary>Every tile that a card has room for, the fastest first as far as can be told.</summary>
    public static IEnumerable<SequenceTile> All(Cell cell, int hiddenSize, int batch, bool backward, GpuCard card) =>
        from units in (int[])[4, 8, 16, 32, 64, 128, 256, 512]
        where (units == 4 || units < 2 * hiddenSize) && units * card.Multiprocessors >= hiddenSize
        from rows in (int[])[4, 8, 16, 32, 64, 128, 256]
        where rows == 4 || rows < 2 * batch
        from threadUnits in (int[])[1, 2, 4]
        from threadRows in (int[])[1, 2, 4, 8]
        where units / threadUnits * (rows / threadRows) is >= 16 and <= 256
        from depth in (int[])[256, 128, 64, 32, 16]
        from kept in (bool[])[true, false]
        from stages in HasAsyncCopies(card) ? (int[])[2, 3, 4] : [2]
        let tile = new SequenceTile(units, rows, threadUnits, threadRows, depth, kept) { Stages = stages }
        let shape = new SequenceShape(cell, hiddenSize, backward, false, true, HasAsyncCopies(card), tile)
        where shape.Stages == stages && shape.Fits(card)
        from chunks in (int[])[.. new[] { 0, kept ? 0 : shape.RoomForChunks(card) }.Distinct()]
        let filled = shape with
        {
            Tile = tile with { KeptChunks = chunks },
        }
        orderby SequenceCost.Cycles(filled, batch, card)
        select filled.Tile;

    /// <summary>Whether a card copies to shared memory beside a thread's work.</summary>
    public static bool HasAsyncCopies(GpuCard card) => card.Capability.Major >= 8;

    private static SequenceTile Best(Cell cell, int hiddenSize, int batch, bool backward, GpuCard card) =>
        All(cell, hiddenSize, batch, backward, card).FirstOrDefault()
        ?? throw new NotSupportedException(
            $"A layer of {hiddenSize} hidden units is too large for {card.Name}, which has {card.Multiprocessors} "
                + $"multiprocessors with {card.SharedBytes:N0} bytes of shared memory; use the processor for it."
        );
}
