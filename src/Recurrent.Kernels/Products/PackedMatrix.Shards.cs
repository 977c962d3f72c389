using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Recurrent.Kernels.Products;

// Products over the rows of shards.
internal readonly unsafe partial struct PackedMatrix<V>
{
    /// <summary>C(rows, columns) = [C +] the tree's sum of A(rows, rows of a shard)·B(rows of a shard).</summary>
    /// <param name="a">A, transposed.</param>
    /// <param name="rows">Rows of C.</param>
    /// <param name="c">C.</param>
    /// <param name="columns">Columns of C.</param>
    /// <param name="sums">The shards.</param>
    /// <param name="add">Whether the chains of a single shard continue from what C holds.</param>
    public void MultiplyShards(LeftOperand a, int rows, float* c, int columns, ShardedRows sums, bool add)
    {
        var step = Pack.Step(columns); // whole panels, so that those of a sum that waits may be read as they are
        var waiting = new WaitingSums(ShardRoom.Of((nint)sums.Levels * rows * step), step, (nint)rows * step);
        var whole = (columns + Tile<V>.Columns - 1) / Tile<V>.Columns * Tile<V>.Columns;
        for (var i = 0; i < sums.Count; i++)
        {
            var isLast = i == sums.Count - 1;
            var to = isLast ? c : waiting.At(ShardedRows.LevelOf(i));
            MultiplyShard(a, rows, to, isLast ? columns : step, isLast ? columns : whole, sums, i, waiting, add);
        }
    }

    [SkipLocalsInit]
    private void MultiplyShard(
        LeftOperand a,
        int rows,
        float* c,
        nint ldc,
        int end,
        ShardedRows sums,
        int shard,
        WaitingSums waiting,
        bool add
    )
    {
        var copy = stackalloc float[LeftBlock<V>.Length];
        var atOnce = Math.Max(1, LeftBlock<V>.MaxColumns / sums.Size); // groups
        for (var group = 0; group < sums.Groups; group += atOnce)
        {
            for (var k = 0; k < sums.Size; k += LeftBlock<V>.MaxColumns)
            {
                var count = Math.Min(LeftBlock<V>.MaxColumns, sums.Size - k);
                var part = new RowGroups(count, Math.Min(atOnce, sums.Groups - group), sums.Step);
                var isLast = group + atOnce >= sums.Groups && k + count == sums.Size;
                var joined = isLast ? sums.Joined(shard) : 0;
                var from = (group * sums.Step) + sums.Start(shard) + k;
                for (var row = 0; row < rows; row += LeftBlock<V>.MaxRows)
                {
                    var height = Math.Min(LeftBlock<V>.MaxRows, rows - row);
                    var right = new PackedMatrix<V>(panels + (from * rowStep), part.Count, panelStep, rowStep);
                    var strip = new ShardBlock(a.From(row, from), height, part, copy, right, waiting.From(row), joined);
                    Run(strip, height, c + (row * ldc), ldc, 0, end, add || group + k > 0);
                }
            }
        }
    }

    /// <summary>A block of A whose columns lie in groups, and the sums that the product is added to.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct ShardBlock : IStrip
    {
        private readonly LeftOperand _a;
        private readonly int _rows;
        private readonly RowGroups _depth;
        private readonly float* _copy; // (tiles)(depth, rows of a tile)
        private readonly PackedMatrix<V> _b;
        private readonly WaitingSums _waiting;
        private readonly int _joined;

        public ShardBlock(
            LeftOperand a,
            int rows,
            RowGroups depth,
            float* copy,
            PackedMatrix<V> b,
            WaitingSums waiting,
            int joined
        )
        {
            (_a, _rows, _depth, _b, _waiting, _joined) = (a, rows, depth, b, waiting, joined);
            _copy = copy;
            for (var group = 0; group < (Tile<V>.IsTall ? 0 : depth.Groups); group++)
            {
                CopyTiles(group, 0, rows);
            }
        }

        public static int Panels => 1;

        public static int MaxRows => LeftBlock<V>.MaxRows;

        public void Run(int panel, int count, float* c, nint ldc, nint groupStep, bool add)
        {
            var b = _b.Panel(panel);
            for (var row = 0; row < _rows; row += Tile<V>.MaxRows)
            {
                var height = Math.Min(Tile<V>.MaxRows, _rows - row);
                var tile = _copy + ((nint)row * _depth.Count);
                var to = c + (row * ldc);
                if (panel == 0 && Tile<V>.IsTall)
                {
                    if (height == Tile<V>.TallRows)
                    {
                        Tile<V>.RunCopying(_depth, _a.Start + row, _a.Step, tile, b, _b.RowStep, to, ldc, add);
                        continue;
                    }
                    for (var group = 0; group < _depth.Groups; group++)
                    {
                        CopyTiles(group, row, height);
                    }
                }
                Tile<V>.Run(height, _depth, tile, b, _b.RowStep, to, ldc, add);
            }
            for (var levels = _joined; levels != 0; levels &= levels - 1)
            {
                var sum = _waiting.At(BitOperations.TrailingZeroCount(levels)) + (panel * Tile<V>.Columns);
                Tile<V>.AddPanel(_rows, sum, _waiting.RowStep, c, ldc);
            }
        }

        private void CopyTiles(int group, int row, int rows)
        {
            var from = _a.From(row, group * _depth.Step).Start;
            var to = _copy + ((nint)row * _depth.Count) + (group * _depth.Rows * Tile<V>.MaxRows);
            LeftBlock<V>.CopyTiles(from, _a.Step, rows, _depth.Rows, _depth.Count, to);
        }
    }

    private nint RowStep => rowStep;

    private float* Panel(int index) => panels + (index * panelStep);
}

/// <summary>Sums of shards that wait for others, (levels)(rows, columns).</summary>
/// <param name="start">The lowest level's.</param>
/// <param name="rowStep">Values from one row to the next.</param>
/// <param name="levelStep">Values from one level to the next.</param>
internal readonly unsafe struct WaitingSums(float* start, nint rowStep, nint levelStep)
{
    public nint RowStep => rowStep;

    public float* At(int level) => start + (level * levelStep);

    public WaitingSums From(int row) => new(start + (row * rowStep), rowStep, levelStep);
}

/// <summary>Memory of a thread for sums that wait.</summary>
internal static unsafe class ShardRoom
{
    private const int Line = 64; // bytes

    [ThreadStatic]
    private static float[]? t_room;

    /// <summary>Room for so many values, until the thread asks again.</summary>
    public static float* Of(nint length)
    {
        if (t_room is null || t_room.Length < length + (Line / sizeof(float)))
        {
            t_room = GC.AllocateUninitializedArray<float>(checked((int)length + (Line / sizeof(float))), pinned: true);
        }
        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(t_room));
        return (float*)((start + Line - 1) & -Line);
    }
}
