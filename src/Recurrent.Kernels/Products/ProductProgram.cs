using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Products;

/// <summary>What a card's program for a product is written for, beside its tile.</summary>
[Flags]
internal enum ProductKind
{
    /// <summary>None of the following.</summary>
    Plain = 0,

    /// <summary>A is given as its transpose.</summary>
    TransposedA = 1,

    /// <summary>The chains continue from what C holds.</summary>
    Accumulate = 2,

    /// <summary>A's rows, as they lie in memory, are whole pieces of four values at multiples of 16 bytes.</summary>
    WideA = 4,

    /// <summary>C's rows are such pieces.</summary>
    WideC = 8,

    /// <summary>The depth is one or more whole chunks.</summary>
    WholeChunks = 16,
}

/// <summary>
/// A card's program for C = [C +] A·B. A block brings a chunk of A, as (Depth, Rows), and of B, (Depth, Columns), into
/// shared memory, and each thread adds their products to its part of C, in registers. Meanwhile it reads the next
/// chunk into registers, which then go to a second place in shared memory: so a chunk takes one barrier.
/// </summary>
internal sealed class ProductProgram
{
    // The threads of a warp. Two neighbours read the same columns, and two pairs of them the same rows: so the shared
    // memory serves half a warp at a time, with 16 bytes for each thread.
    private const int WarpRows = 4;
    private const int WarpColumns = 8;

    private readonly PtxWriter _w;
    private readonly ProductTile _tile;
    private readonly ProductKind _kind;
    private readonly PtxPointer _c;
    private readonly PtxInt _rows;
    private readonly PtxInt _columns;
    private readonly PtxInt _depth;
    private readonly PtxInt _firstRow; // of the thread
    private readonly PtxInt _firstColumn;
    private readonly PtxVector[] _sums; // (ThreadRows, ThreadColumns)
    private readonly (PtxVector[] A, PtxVector[] B)[] _factors; // of one k, and of the next
    private readonly ProductChunk _a;
    private readonly ProductChunk _b;
    private readonly PtxPointer _firstOfA; // what the thread reads of the chunk in shared memory
    private readonly PtxPointer _firstOfB;
    private readonly PtxInt _toOther; // from the place where the next chunk goes to the other one

    private ProductProgram(PtxWriter writer, ProductTile tile, ProductKind kind)
    {
        (_w, _tile, _kind) = (writer, tile, kind);
        var (a, b) = (_w.Pointer(), _w.Pointer());
        (_c, _rows, _columns, _depth) = (_w.Pointer(), _w.Int(), _w.Int(), _w.Int());
        var (stepA, stepB) = (_w.Int(), _w.Int());
        _w.ResidentBlocks = tile.ResidentBlocks;

        var (thread, block) = (_w.Thread, _w.BlockX);
        var blocksOfRow = (_columns + (tile.Columns - 1)) / tile.Columns;
        var (blockRow, blockColumn) = (block / blocksOfRow * tile.Rows, block % blocksOfRow * tile.Columns);
        var (warp, lane) = (thread / (WarpRows * WarpColumns), thread % (WarpRows * WarpColumns));
        var warpsOfRow = tile.Columns / (WarpColumns * tile.ThreadColumns);
        var row =
            (warp / warpsOfRow * (WarpRows * tile.ThreadRows))
            + (((lane % 2) + (lane / (2 * WarpColumns) * 2)) * WidthOf(tile.ThreadRows));
        var column =
            (warp % warpsOfRow * (WarpColumns * tile.ThreadColumns))
            + (lane / 2 % WarpColumns * WidthOf(tile.ThreadColumns));
        (_firstRow, _firstColumn) = (blockRow + row, blockColumn + column);

        var isTransposed = Is(ProductKind.TransposedA);
        // Values of A that lie together go to several rows of the chunk; the odd step spreads them over the banks.
        var chunkStepA = tile.Rows + (isTransposed ? 0 : WidthOf(tile.ThreadRows));
        var lengthOfA = tile.Depth * chunkStepA;
        var length = lengthOfA + (tile.Depth * tile.Columns);
        var chunks = _w.Shared(2 * length);
        var isWhole = Is(ProductKind.WholeChunks);
        _a = new ProductChunk(_w, tile)
        {
            IsTurned = !isTransposed,
            SourceStep = stepA,
            First = blockRow,
            End = _rows,
            Length = tile.Rows,
            Step = chunkStepA,
            Width = Is(ProductKind.WideA) ? ProductTile.Width : 1,
            // A product that leaves every sum as it is: −0 · 0. With 0 · 0, −0 would become 0.
            Beyond = isWhole ? null : -0f,
        };
        _b = new ProductChunk(_w, tile)
        {
            IsTurned = false,
            SourceStep = stepB,
            First = blockColumn,
            End = stepB,
            Length = tile.Columns,
            Step = tile.Columns,
            Width = ProductTile.Width,
            Beyond = isWhole ? null : 0f,
        };
        _a.Begin(thread, a, chunks);
        _b.Begin(thread, b, chunks + lengthOfA);
        // Settled, because a register that goes back by a length must not go below zero.
        _firstOfA = _w.Variable((chunks + row + length).Settled());
        _firstOfB = _w.Variable((chunks + lengthOfA + column + length).Settled());
        _toOther = _w.Variable((PtxInt)length);
        _sums = New(tile.ThreadRows * tile.ThreadColumns);
        _factors = [(New(tile.ThreadRows), New(tile.ThreadColumns)), (New(tile.ThreadRows), New(tile.ThreadColumns))];
    }

    /// <summary>The key of a program.</summary>
    public static ProgramKey Key(ProductTile tile, ProductKind kind) =>
        new(typeof(MatrixProduct), (int)kind, Shape: tile);

    /// <summary>Writes the program of a key.</summary>
    public static PtxProgram Write(ProgramKey key)
    {
        var (tile, kind) = ((ProductTile)key.Shape!, (ProductKind)key.A);
        return PtxWriter.Write($"product {tile} {kind}", tile.Threads, w => new ProductProgram(w, tile, kind).Body());
    }

    private void Body()
    {
        foreach (var sum in _sums)
        {
            _w.Set(sum, 0f);
        }
        if (Is(ProductKind.Accumulate))
        {
            VisitSums((place, sums) => place.LoadInto(sums));
        }
        _a.Read(_depth);
        _b.Read(_depth);
        Turn();
        _w.For(0, _depth, _tile.Depth, AddChunk);
        VisitSums((place, sums) => place.Store(sums));
    }

    private void AddChunk(PtxInt k)
    {
        var left = _depth - (k + _tile.Depth);
        var isMore = left > 0;
        _w.If(
            isMore,
            () =>
            {
                _a.Advance();
                _a.Read(left);
                _b.Advance();
                _b.Read(left);
            }
        );
        for (var i = 0; i < _tile.Depth - 1; i++)
        {
            LoadFactors(i + 1);
            AddProducts(i);
        }
        // Before the last products, which then hide the wait for the first factors of the next chunk.
        _w.If(isMore, Turn);
        AddProducts(_tile.Depth - 1);
    }

    /// <summary>Goes on to the chunk that was read last.</summary>
    private void Turn()
    {
        _a.Store(_toOther);
        _b.Store(_toOther);
        _w.Barrier();
        _w.Set(_toOther, 0 - _toOther);
        _w.Advance(_firstOfA, _toOther);
        _w.Advance(_firstOfB, _toOther);
        LoadFactors(0);
    }

    private void LoadFactors(int k)
    {
        var (a, b) = _factors[k % 2];
        Load(_firstOfA + (k * _a.Step), WarpRows, a);
        Load(_firstOfB + (k * _b.Step), WarpColumns, b);

        static void Load(PtxPointer first, int threads, PtxVector[] values)
        {
            var width = WidthOf(values.Length);
            for (var i = 0; i < values.Length; i += width)
            {
                (first + Place(i, threads, values.Length)).LoadInto(values.AsSpan(i, width));
            }
        }
    }

    private void AddProducts(int k)
    {
        var (a, b) = _factors[k % 2];
        for (var i = 0; i < a.Length; i++)
        {
            for (var j = 0; j < b.Length; j++)
            {
                _w.Accumulate(_sums[(i * b.Length) + j], a[i], b[j]);
            }
        }
    }

    /// <summary>Visits the thread's part of C, where there is one, and its sums.</summary>
    private void VisitSums(Action<PtxPointer, PtxVector[]> visit)
    {
        var (rows, columns) = (_tile.ThreadRows, _tile.ThreadColumns);
        var width = Is(ProductKind.WideC) ? WidthOf(columns) : 1;
        for (var i = 0; i < rows; i++)
        {
            var (row, sums) = (_firstRow + Place(i, WarpRows, rows), _sums[(i * columns)..]);
            _w.If(
                row < _rows,
                () =>
                {
                    var first = _c + ((row * _columns) + _firstColumn);
                    for (var j = 0; j < columns; j += width)
                    {
                        var (column, piece) = (Place(j, WarpColumns, columns), sums[j..(j + width)]);
                        _w.If(_firstColumn + column < _columns, () => visit(first + column, piece));
                    }
                }
            );
        }
    }

    /// <summary>
    /// From a thread's first row to another one, where threads of a warp take four rows in turn; or column.
    /// </summary>
    private static int Place(int index, int threads, int count)
    {
        var width = WidthOf(count);
        return (index / width * (threads * width)) + (index % width);
    }

    private static int WidthOf(int count) => Math.Min(count, ProductTile.Width);

    private bool Is(ProductKind kind) => _kind.HasFlag(kind);

    private PtxVector[] New(int count) => [.. Enumerable.Range(0, count).Select(_ => _w.NewFloat())];
}

/// <summary>A chunk of an operand on its way from memory to shared memory, in a thread's registers.</summary>
/// <param name="writer">The writer.</param>
/// <param name="tile">The tile.</param>
internal sealed class ProductChunk(PtxWriter writer, ProductTile tile)
{
    private readonly List<(PtxVector[] Values, PtxInt K, PtxInt Index, PtxInt Offset, PtxInt Target)> _loads = [];
    private PtxPointer _source; // the operand from the chunk's first k on, a variable
    private PtxPointer _target; // a variable

    /// <summary>Whether the operand's rows are the chunk's columns, or else its rows, one for each k.</summary>
    public required bool IsTurned { get; init; }

    /// <summary>Values from one row of the operand, as it lies in memory, to the next.</summary>
    public required PtxInt SourceStep { get; init; }

    /// <summary>The block's first row or column of C.</summary>
    public required PtxInt First { get; init; }

    /// <summary>The number of rows or columns; beyond it, the last ones are read.</summary>
    public required PtxInt End { get; init; }

    /// <summary>The block's rows or columns.</summary>
    public required int Length { get; init; }

    /// <summary>Values in shared memory from one k to the next.</summary>
    public required int Step { get; init; }

    /// <summary>Values that a load takes.</summary>
    public required int Width { get; init; }

    /// <summary>What stands where k is beyond the depth; null: k never is.</summary>
    public required float? Beyond { get; init; }

    /// <summary>Shares the chunk out to the block's threads.</summary>
    /// <param name="thread">The thread's number.</param>
    /// <param name="source">The operand.</param>
    /// <param name="target">Where the first chunk goes.</param>
    public void Begin(PtxInt thread, PtxPointer source, PtxPointer target)
    {
        var (ofThread, acrossOfThread) = Place(thread);
        (_source, _target) = (writer.Variable(source), writer.Variable(target + InTarget(ofThread, acrossOfThread)));
        var (lastAcross, index) = ("", (PtxInt)0);
        for (var first = 0; first < tile.Depth * Length / Width; first += tile.Threads)
        {
            // Sizes are powers of two, and so are the threads: places of a load and of a thread just add up.
            var (k, across) = Place(first);
            var last = PtxInt.Min(First + (acrossOfThread + across), End - (IsTurned ? 1 : Width));
            if (!IsTurned)
            {
                index = ((ofThread + k) * SourceStep) + last;
            }
            else if (across.Text != lastAcross)
            {
                index = (last * SourceStep) + ofThread;
            }
            lastAcross = across.Text;
            var values = new PtxVector[Width];
            for (var i = 0; i < Width; i++)
            {
                values[i] = writer.NewFloat();
            }
            _loads.Add((values, ofThread + k, index, IsTurned ? k : 0, InTarget(k, across)));
        }
    }

    /// <summary>Goes on to the next chunk.</summary>
    public void Advance() => writer.Advance(_source, IsTurned ? tile.Depth : SourceStep * tile.Depth);

    /// <summary>Reads the chunk.</summary>
    /// <param name="left">Values of k that are left.</param>
    public void Read(PtxInt left)
    {
        foreach (var (values, k, index, offset, _) in _loads)
        {
            if (Beyond is { } beyond)
            {
                foreach (var value in values)
                {
                    writer.Set(value, beyond);
                }
            }
            (_source + index + offset).LoadInto(values, Beyond is null ? null : k < left);
        }
    }

    /// <summary>Puts the chunk into shared memory, and goes on to the place of the next one there.</summary>
    public void Store(PtxInt toNext)
    {
        foreach (var (values, _, _, _, place) in _loads)
        {
            var target = _target + place;
            if (!IsTurned)
            {
                target.Store(values);
                continue;
            }
            for (var i = 0; i < Width; i++)
            {
                (target + (i * Step)).Store(values[i]);
            }
        }
        writer.Advance(_target, toNext);
    }

    /// <summary>The first k of a load and its row or column, by its number in the chunk.</summary>
    private (PtxInt K, PtxInt Across) Place(PtxInt load)
    {
        if (!IsTurned)
        {
            return (load / (Length / Width), load % (Length / Width) * Width);
        }
        // Threads along k read whole pieces of memory of 32 bytes; more would meet in the same banks when they store.
        var along =
            Width == 1 ? tile.Depth
            : tile.ThreadRows >= ProductTile.Width ? 2
            : 4;
        var k = (load % along) + (load / (along * Length) * along);
        return (k * Width, load / along % Length);
    }

    private PtxInt InTarget(PtxInt k, PtxInt across) => (k * Step) + across;
}
