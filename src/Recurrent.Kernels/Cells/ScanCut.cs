using Recurrent.Kernels.Products;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// A cut of a layer for threads: into blocks of rows, or of hidden units, of equal size but the last.
/// </summary>
internal readonly record struct ScanCut
{
    // With fewer rows a thread's products wait for the weights, which every thread then streams whole: from the caches,
    // or from memory.
    private const int FewestRows = 4;
    private const int FewestRowsOfFarWeights = 8;

    // Meeting after a step takes about as long as this many multiply-adds.
    private const int SmallestBlock = 1 << 15;

    private readonly int _length; // rows or units
    private readonly int _block;

    private ScanCut(int length, int blocks, int unit, bool byUnits)
    {
        var pieces = (length + unit - 1) / unit;
        _length = length;
        _block = Math.Max(1, (pieces + blocks - 1) / blocks) * unit;
        ByUnits = byUnits;
    }

    /// <summary>Whether a block owns hidden units rather than rows.</summary>
    public bool ByUnits { get; }

    /// <summary>Number of blocks, at most as many as threads.</summary>
    public int Count => (_length + _block - 1) / _block;

    /// <summary>The rows or units of a block.</summary>
    public (int First, int End) this[int block] => (block * _block, Math.Min((block + 1) * _block, _length));

    /// <summary>
    /// A cell with recurrent weights: rows while there are enough for each thread, else units, by whole panels, if a
    /// step has work for several.
    /// </summary>
    public static ScanCut WithMeetings(int batch, int hiddenSize, int gates, int threads, int panelWidth)
    {
        var weights = (long)gates * hiddenSize * hiddenSize;
        var blocks = (int)Math.Min(threads, batch * weights / SmallestBlock);
        var fewest = MatrixProduct.IsNear(weights) ? FewestRows : FewestRowsOfFarWeights;
        return batch < fewest * threads && blocks > 1 && hiddenSize > panelWidth
            ? new ScanCut(hiddenSize, blocks, panelWidth, byUnits: true)
            : new ScanCut(batch, threads, 1, byUnits: false);
    }

    /// <summary>
    /// A cell without recurrent weights: rows, or units, by whole lines of a cache, if there are more of those.
    /// </summary>
    public static ScanCut WithoutMeetings(int batch, int hiddenSize, int threads, int lineWidth) =>
        batch < threads && hiddenSize > lineWidth
            ? new ScanCut(hiddenSize, threads, lineWidth, byUnits: true)
            : new ScanCut(batch, threads, 1, byUnits: false);
}
