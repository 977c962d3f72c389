using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Cells;

/// <summary>Arranges packed recurrent weights for the blocks of a card's program for a sequence.</summary>
internal static class SequenceWeights
{
    /// <summary>Blocks that arrange the weights of one block of the sequence.</summary>
    public const int Slices = 8;

    private const int Threads = 256;
    private const int AtOnce = 8; // so that loads do not wait for each other

    /// <summary>Writes the program that arranges, from packed weights, those of all blocks of the sequence.</summary>
    public static PtxProgram Write(SequenceShape shape) =>
        PtxWriter.Write(
            $"weights {shape.Cell.Name} {(shape.Backward ? "back" : "forward")} {shape.HiddenSize} {shape.Tile}",
            Threads,
            w =>
            {
                var (packed, arranged, block) = (w.Pointer(), w.Pointer(), w.BlockX);
                var first = w.Thread + (w.BlockY * Threads);
                foreach (var product in shape.Products)
                {
                    var to = arranged + (block * shape.BlockWeights) + product.WeightStart;
                    Arrange(shape, product, packed, block, to, first, Slices * Threads);
                }
            }
        );

    /// <summary>Writes instructions for a block's weights of a product as (k / 4, column, k % 4).</summary>
    /// <param name="shape">The sequence.</param>
    /// <param name="product">The product.</param>
    /// <param name="packed">The packed weights.</param>
    /// <param name="block">Which block of the sequence.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="thread">The thread among those that share the work.</param>
    /// <param name="threads">Their number.</param>
    public static void Arrange(
        SequenceShape shape,
        SequenceProduct product,
        PtxPointer packed,
        PtxInt block,
        PtxPointer to,
        PtxInt thread,
        int threads
    )
    {
        var w = PtxWriter.Current;
        var columns = product.Gates * shape.Tile.Units;
        var items = product.Weights(shape.Tile) / 4;
        var isCut = items % (threads * AtOnce) != 0;
        var isDeep = items / columns * 4 > product.Depth;
        w.For(
            thread,
            items,
            threads * AtOnce,
            first =>
            {
                var values = new PtxVector[AtOnce, 4];
                var places = Enumerable.Range(0, AtOnce).Select(m => first + (m * threads)).ToArray();
                for (var m = 0; m < AtOnce; m++)
                {
                    var item = isCut ? PtxInt.Min(places[m], items - 1) : places[m];
                    var (column, k) = (Column(item % columns), item / columns * 4);
                    for (var kk = 0; kk < 4; kk++)
                    {
                        var row = isDeep ? PtxInt.Min(k + kk, product.Depth - 1) : k + kk;
                        values[m, kk] = (column + (row * shape.WeightStep)).Load();
                    }
                }
                for (var m = 0; m < AtOnce; m++)
                {
                    var at = to + (places[m] * 4);
                    if (isCut)
                    {
                        w.When(places[m] < items, Store);
                    }
                    else
                    {
                        Store();
                    }

                    void Store() => at.StoreFour(values[m, 0], values[m, 1], values[m, 2], values[m, 3]);
                }
            }
        );

        // The start of a column of the packed weights, by its place among the block's.
        PtxPointer Column(PtxInt column)
        {
            var units = shape.Tile.Units;
            var (gate, unit) = product.Gates == 1 ? (0, column) : (column / units, column % units);
            unit = (block * units) + unit;
            if (shape.HiddenSize % units != 0)
            {
                unit = PtxInt.Min(unit, shape.HiddenSize - 1);
            }
            var place = ((gate + product.FirstGate) * shape.HiddenSize) + unit;
            return packed + place + (product.FirstRow * shape.WeightStep);
        }
    }
}
