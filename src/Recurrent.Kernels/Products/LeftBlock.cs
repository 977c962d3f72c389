using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>The left operand A of a product where it is: A(i, k) is A[i·RowStep + k·Step].</summary>
internal readonly unsafe struct LeftOperand(float* start, nint rowStep, nint step)
{
    public float* Start => start;
    public nint RowStep => rowStep;
    public nint Step => step;

    /// <summary>The part from a row and a column on.</summary>
    public LeftOperand From(int row, int column) => new(start + (row * rowStep) + (column * step), rowStep, step);
}

/// <summary>
/// Rows of a product: those of a matrix or, in several groups of equally many, of one that has others between them.
/// </summary>
/// <param name="Rows">Rows of a group.</param>
/// <param name="Groups">Groups.</param>
/// <param name="Step">Rows from the first of a group to the first of the next.</param>
internal readonly record struct RowGroups(int Rows, int Groups, int Step)
{
    /// <summary>All rows.</summary>
    public int Count => Rows * Groups;

    /// <summary>Adjacent rows.</summary>
    public static implicit operator RowGroups(int rows) => new(rows, 1, 0);

    /// <summary>Where a row lies, by its number among all.</summary>
    public int PlaceOf(int row) => Groups == 1 ? row : (row / Rows * Step) + (row % Rows);
}

/// <summary>
/// A copy of a block of a product's left operand. Rows that lie kilobytes apart fall onto the same few lines of the
/// first-level cache and each onto a page of its own: read where they lie, a tile's rows drive each other out, and a
/// product can run at half its speed.
/// </summary>
/// <remarks>
/// Rows are copied as rows; rows whose columns are adjacent in memory, those of a transposed matrix, tile by tile,
/// each as (columns, rows of a tile). Tall tiles are copied by the first product with them.
/// </remarks>
internal readonly unsafe struct LeftBlock<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>The most rows that are copied at once: whole tiles, of six rows and of eight.</summary>
    public const int MaxRows = 48;

    /// <summary>The most columns: a panel's block, 256 × two vectors, then fills half a first-level cache.</summary>
    public const int MaxColumns = 256;

    /// <summary>Values that a copy takes at most.</summary>
    public const int Length = MaxRows * PaddedColumns;

    private const int PaddedColumns = MaxColumns + 16; // not a power of two
    private readonly LeftOperand _source;
    private readonly float* _copy;
    private readonly bool _isByTiles;

    /// <summary>Copies a block.</summary>
    /// <param name="a">The left operand from the block on.</param>
    /// <param name="rows">Rows of the block, 1 to <see cref="MaxRows"/>; of a transposed matrix one group.</param>
    /// <param name="columns">Columns of the block, 0 to <see cref="MaxColumns"/>.</param>
    /// <param name="copy">Room for <see cref="Length"/> values.</param>
    public LeftBlock(LeftOperand a, RowGroups rows, int columns, float* copy)
    {
        _source = a;
        _copy = copy;
        _isByTiles = a.Step != 1;
        Rows = rows;
        Columns = columns;
        if (_isByTiles)
        {
            if (!Tile<V>.IsTall)
            {
                CopyTiles(a.Start, a.Step, rows.Rows, columns, columns, copy);
            }
            return;
        }
        for (var group = 0; group < rows.Groups; group++)
        {
            CopyRows(a.From(group * rows.Step, 0).Start, a.RowStep, rows.Rows, columns, copy);
            copy += rows.Rows * PaddedColumns;
        }
    }

    public RowGroups Rows { get; }
    public int Columns { get; }

    /// <summary>C(rows, a panel's columns) = [C +] this block · B, for one panel.</summary>
    public void Multiply(float* b, nint bStep, float* c, nint ldc, nint groupStep, bool add, bool isFirst)
    {
        var a = _copy;
        if (_isByTiles)
        {
            for (var row = 0; row < Rows.Rows; row += Tile<V>.MaxRows)
            {
                var height = Math.Min(Tile<V>.MaxRows, Rows.Rows - row);
                var tile = _copy + ((nint)row * Columns);
                if (isFirst && Tile<V>.IsTall)
                {
                    var from = _source.Start + row;
                    if (height == Tile<V>.TallRows)
                    {
                        Tile<V>.RunCopying(Columns, from, _source.Step, tile, b, bStep, c + (row * ldc), ldc, add);
                        continue;
                    }
                    CopyTiles(from, _source.Step, height, Columns, Columns, tile);
                }
                Tile<V>.Run(height, Columns, tile, 1, Tile<V>.MaxRows, b, bStep, c + (row * ldc), ldc, add);
            }
            return;
        }
        for (var group = 0; group < Rows.Groups; group++)
        {
            Tile<V>.RunAll(Rows.Rows, Columns, a, PaddedColumns, b, bStep, c, ldc, add);
            a += Rows.Rows * PaddedColumns;
            c += groupStep;
        }
    }

    private static void CopyRows(float* a, nint rowStep, int rows, int columns, float* copy)
    {
        for (var row = 0; row < rows; row++)
        {
            new Span<float>(a, columns).CopyTo(new Span<float>(copy, columns));
            a += rowStep;
            copy += PaddedColumns;
        }
    }

    /// <summary>Copies columns of a transposed block, tile by tile.</summary>
    /// <param name="a">The first column's first row.</param>
    /// <param name="step">Values from one column to the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="of">Columns that a tile has room for.</param>
    /// <param name="copy">Where the first column of the first tile goes.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void CopyTiles(float* a, nint step, int rows, int columns, int of, float* copy)
    {
        var tile = Tile<V>.MaxRows;
        var whole = rows / tile * tile;
        for (var j = 0; j < columns; j++)
        {
            var to = copy + (j * tile);
            for (var row = 0; row < whole; row += tile)
            {
                Unsafe.CopyBlockUnaligned(to, a + row, (uint)Tile<V>.MaxRows * sizeof(float));
                to += tile * of;
            }
            for (var i = 0; i < rows - whole; i++)
            {
                to[i] = a[whole + i];
            }
            a += step;
        }
    }
}
