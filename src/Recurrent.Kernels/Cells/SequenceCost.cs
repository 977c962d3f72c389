using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// An estimate of what a step of a sequence costs on a card, to choose a tile by. A multiprocessor adds 128 products a
/// cycle, on four schedulers; a thread adds to one sum every fourth cycle; a load of 16 bytes a thread from shared
/// memory takes two cycles of a warp; the second-level cache gives all of them together some 3,400 bytes a cycle, and
/// one of them 48. Blocks that share a multiprocessor have different rows, so that one works while another waits.
/// </summary>
internal static class SequenceCost
{
    // Measured on an H100, in cycles, or bytes a cycle.
    private const double Meeting = 2500; // a signal's way and the first chunk's
    private const double Arrival = 5; // of one block among those that meet
    private const double Chunk = 60; // a barrier, and what waits at it
    private const double FewStages = 120; // likewise, for what comes late, where just one chunk is on its way
    private const double Latency = 700; // of the second-level cache
    private const double Activation = 150; // of one after the other: its division ends with a branch
    private const double BesideActivations = 45; // likewise, of a warp beside which others run on the same scheduler
    private const double ToSameSum = 4; // from one addition to the next
    private const double Instructions = 2260; // of a loop over chunks that stay near
    private const double Afar = 1.5; // times what it takes a longer loop
    private const double Beside = 0.1; // the part by which each block more on a multiprocessor makes meetings longer
    private const double CacheOfAll = 3400;
    private const double CacheOfOne = 48;
    private const int SharedOfSystem = 1 << 10; // in each block

    // What warps of a scheduler, by their number, lose in waiting for themselves.
    private static readonly double[] s_loss = [1.2, 1.1, 1.07, 1.05];

    /// <summary>The cycles of a step.</summary>
    public static double Cycles(SequenceShape shape, int batch, GpuCard card)
    {
        var tile = shape.Tile;
        var byShared = (card.SharedBytes + SharedOfSystem) / (shape.SharedBytes + SharedOfSystem);
        var resident = (int)Math.Max(1, Math.Min(shape.BlocksByRegisters, byShared));
        var (unitBlocks, rowTiles) = (Blocks(shape.HiddenSize, tile.Units), Blocks(batch, tile.Rows));
        var tilesAtOnce = Math.Max(1, card.Multiprocessors * resident / unitBlocks);
        var blocks = unitBlocks * Math.Min(rowTiles, tilesAtOnce);
        var beside = Blocks(blocks, card.Multiprocessors);
        var products = shape.Products;
        var chunk = Chunk + (FewStages / Math.Pow(tile.Stages - 1, 2));
        var meeting = (Meeting * (1 + (Beside * (beside - 1)))) + (Arrival * unitBlocks);
        var idle = products.Sum(product => meeting + (chunk * product.Chunks));
        var alone = Work(1) + idle;
        return Blocks(rowTiles, tilesAtOnce) * (beside == 1 ? alone : Math.Max(alone, Work(beside) + (idle / 4)));

        double Work(int beside)
        {
            var warps = beside * Blocks(tile.Threads, 32);
            var ofScheduler = Blocks(warps, 4);
            var activations = shape.Cell.HasCellState ? 1.0 : 0; // that of c, which is not kept for the way back
            activations += shape.Backward ? 0.5 : shape.Cell.Gates.Count;
            var cycles = Math.Max(Activation, BesideActivations * ofScheduler) * activations;
            cycles *= tile.ThreadRows * tile.ThreadUnits;
            foreach (var product in products)
            {
                var columns = product.Gates * tile.ThreadUnits;
                var loads = (columns + tile.ThreadRows) / 4.0;
                var kept =
                    tile.KeepsWeights ? 1
                    : product == products[0] ? tile.KeptChunks / (double)product.Chunks
                    : 0;
                var read = tile.Rows + ((1 - kept) * product.Gates * tile.Units);
                var adding = ofScheduler * ((columns * tile.ThreadRows) + loads + 0.3);
                var loading = (warps * loads * 2) + (beside * read / 32.0);
                var fetching = 4.0 * read * Math.Max(blocks / CacheOfAll, beside / CacheOfOne);
                // The three go on at the same time, but not quite.
                var work = Math.Cbrt(Math.Pow(adding, 3) + Math.Pow(loading, 3) + Math.Pow(fetching, 3));
                work *= s_loss[Math.Min(ofScheduler, s_loss.Length) - 1];
                var instructions = product.Chunk * ((columns * tile.ThreadRows) + loads);
                work *= product.Chunks > 1 && instructions > Instructions ? Afar : 1;
                var ofChunk = Math.Max(ToSameSum, work) * product.Chunk;
                // A chunk's copies begin in the first half of another.
                var arriving = (Latency + (fetching * product.Chunk)) / (tile.Stages - 1.25);
                cycles += product.Chunks * (product.Chunks == 1 ? ofChunk : Math.Max(ofChunk, arriving));
            }
            return cycles;
        }
    }

    private static int Blocks(int length, int size) => (length + size - 1) / size;
}
