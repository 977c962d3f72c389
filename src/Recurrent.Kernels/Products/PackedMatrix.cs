using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// B(depth, columns) in panels, and the products with it on one thread, over any range of its columns. A plain matrix,
/// too, has panels, which lie side by side.
/// </summary>
/// <param name="panels">The first panel.</param>
/// <param name="depth">Rows of B.</param>
/// <param name="panelStep">Values from one panel to the next.</param>
/// <param name="rowStep">Values from one row of a panel to the next.</param>
internal readonly unsafe partial struct PackedMatrix<V>(float* panels, int depth, nint panelStep, nint rowStep)
    where V : unmanaged, IVector<V>
{
    /// <summary>Rows of A that are few enough to be read where they are, over several panels at once.</summary>
    public const int FewRows = 2;

    /// <summary>Rows of A that are few enough to be read where they are.</summary>
    public const int InPlaceRows = Tile<V>.TallRows;

    /// <summary>All of B.</summary>
    public PackedMatrix(float* panels, int depth)
        : this(panels, depth, (nint)depth * Tile<V>.Columns, Tile<V>.Columns) { }

    /// <summary>All of a B that is a plain matrix, whose rows are whole panels.</summary>
    public static PackedMatrix<V> Plain(float* b, int depth, int columns) => new(b, depth, Tile<V>.Columns, columns);

    /// <summary>Rows of B.</summary>
    public PackedMatrix<V> Rows(int first, int count) => new(panels + (first * rowStep), count, panelStep, rowStep);

    /// <summary>C(rows, columns first to end − 1) = [C +] A(rows, depth)·B.</summary>
    /// <param name="a">A.</param>
    /// <param name="rows">Rows of A and C, which may lie in groups.</param>
    /// <param name="c">C at row 0 and column 0.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="first">First column.</param>
    /// <param name="end">Column after the last.</param>
    /// <param name="add">Whether the chains continue from what C holds, or start from zero.</param>
    public void Multiply(LeftOperand a, RowGroups rows, float* c, nint ldc, int first, int end, bool add)
    {
        if (a.Step != 1 || rowStep != Tile<V>.Columns || (rows.Rows > InPlaceRows && IsBetterCopied(end - first)))
        {
            MultiplyBlocks(a, rows, c, ldc, first, end, add);
            return;
        }
        if (rows.Rows > FewRows)
        {
            MultiplyInPlace(a, rows, c, ldc, first, end, add);
            return;
        }
        for (var group = 0; group < rows.Groups && rows.Rows > 0; group++)
        {
            var start = a.From(group * rows.Step, 0).Start;
            var to = c + ((nint)group * rows.Step * ldc);
            if (rows.Rows == 1)
            {
                Run(new OneRow(start, panels, depth, panelStep), 1, to, ldc, first, end, add);
            }
            else
            {
                Run(new TwoRows(start, a.RowStep, panels, depth, panelStep), 2, to, ldc, first, end, add);
            }
        }
    }

    /// <summary>C = rows elsewhere + A·B, in tall tiles over whole panels.</summary>
    /// <param name="starts">The rows from which the chains continue.</param>
    /// <param name="rows">Their number, a multiple of TallRows.</param>
    /// <param name="a">A (rows, depth).</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="columns">Columns of C.</param>
    public void MultiplyFrom(float** starts, int rows, float* a, float* c, nint ldc, int columns)
    {
        var b = panels;
        for (var column = 0; column < columns; column += Tile<V>.Columns)
        {
            for (var row = 0; row < rows; row += Tile<V>.TallRows)
            {
                var to = c + (row * ldc) + column;
                Tile<V>.RunFrom(starts + row, column, depth, a + ((nint)row * depth), depth, b, to, ldc);
            }
            b += panelStep;
        }
    }

    /// <summary>
    /// Whether a copy of A is worth its while: low tiles gain by it, unless they wait for a B that is far away.
    /// </summary>
    private bool IsBetterCopied(int columns) => !Tile<V>.IsTall && MatrixProduct.IsNear((long)depth * columns);

    /// <summary>Rows read where they are, each panel of B once for as many as share a pass over it.</summary>
    private void MultiplyInPlace(LeftOperand a, RowGroups rows, float* c, nint ldc, int first, int end, bool add)
    {
        var passes = (rows.Rows + MatrixProduct.RowsOfPass - 1) / MatrixProduct.RowsOfPass; // of a group
        var height = (rows.Rows + passes - 1) / passes;
        var groups = MatrixProduct.RowsOfPass / height;
        for (var group = 0; group < rows.Groups; group += groups)
        {
            for (var row = 0; row < rows.Rows; row += height)
            {
                var count = Math.Min(groups, rows.Groups - group);
                var part = new RowGroups(Math.Min(height, rows.Rows - row), count, rows.Step);
                var start = (group * rows.Step) + row;
                var strip = new InPlace(a.From(start, 0), part, panels, depth, panelStep);
                Run(strip, part, c + (start * ldc), ldc, first, end, add);
            }
        }
    }

    [SkipLocalsInit]
    private void MultiplyBlocks(LeftOperand a, RowGroups rows, float* c, nint ldc, int first, int end, bool add)
    {
        var copy = stackalloc float[LeftBlock<V>.Length];
        var atOnce = Math.Max(1, LeftBlock<V>.MaxRows / Math.Max(1, rows.Rows)); // groups
        // Blocks of k outermost, so that those of B stay in the cache for all rows.
        for (var k = 0; k < depth || k == 0; k += LeftBlock<V>.MaxColumns)
        {
            var columns = Math.Min(LeftBlock<V>.MaxColumns, depth - k);
            for (var group = 0; group < rows.Groups; group += atOnce)
            {
                for (var row = 0; row < rows.Rows; row += LeftBlock<V>.MaxRows)
                {
                    var height = Math.Min(LeftBlock<V>.MaxRows, rows.Rows - row);
                    var part = new RowGroups(height, Math.Min(atOnce, rows.Groups - group), rows.Step);
                    var start = (group * rows.Step) + row;
                    var block = new LeftBlock<V>(a.From(start, k), part, columns, copy);
                    var strip = new Block(block, panels + (k * rowStep), panelStep, rowStep, first / Tile<V>.Columns);
                    Run(strip, part, c + (start * ldc), ldc, first, end, add || k > 0);
                }
            }
        }
    }

    /// <summary>A strip of rows through a range of columns, a few panels at a time.</summary>
    private static void Run<TStrip>(in TStrip strip, RowGroups rows, float* c, nint ldc, int first, int end, bool add)
        where TStrip : struct, IStrip
    {
        var width = TStrip.Panels * Tile<V>.Columns;
        for (var start = first / width * width; start < end; start += width)
        {
            if (start >= first && start + width <= end)
            {
                strip.Run(start / Tile<V>.Columns, TStrip.Panels, c + start, ldc, rows.Step * ldc, add);
            }
            else
            {
                RunPart(strip, start, rows, c, ldc, Math.Max(first, start), Math.Min(end, start + width), add);
            }
        }
    }

    /// <summary>
    /// Columns <paramref name="from"/> to <paramref name="to"/> − 1, a part of the panels that begin at
    /// <paramref name="start"/>, go through a tile beside C.
    /// </summary>
    [SkipLocalsInit]
    private static void RunPart<TStrip>(
        in TStrip strip,
        int start,
        RowGroups rows,
        float* c,
        nint ldc,
        int from,
        int to,
        bool add
    )
        where TStrip : struct, IStrip
    {
        var width = TStrip.Panels * Tile<V>.Columns;
        var beside = stackalloc float[TStrip.MaxRows * width];
        if (add)
        {
            new Span<float>(beside, rows.Count * width).Clear();
            for (var i = 0; i < rows.Count; i++)
            {
                Part(c + (rows.PlaceOf(i) * ldc) + from).CopyTo(Part(beside + (i * width) + (from - start)));
            }
        }
        var panels = (to - start + Tile<V>.Columns - 1) / Tile<V>.Columns;
        strip.Run(start / Tile<V>.Columns, panels, beside, width, rows.Rows * width, add);
        for (var i = 0; i < rows.Count; i++)
        {
            Part(beside + (i * width) + (from - start)).CopyTo(Part(c + (rows.PlaceOf(i) * ldc) + from));
        }

        Span<float> Part(float* start) => new(start, to - from);
    }

    /// <summary>Rows of A and the tile that takes them through a few panels at a time.</summary>
    private interface IStrip
    {
        /// <summary>Panels that the tile takes at a time.</summary>
        static abstract int Panels { get; }

        /// <summary>The most rows that there are.</summary>
        static abstract int MaxRows { get; }

        /// <summary>
        /// C(rows, columns of the panels) = [C +] A·B; C has room for <see cref="Panels"/>, and its groups of rows lie
        /// <paramref name="groupStep"/> values apart.
        /// </summary>
        void Run(int panel, int count, float* c, nint ldc, nint groupStep, bool add);
    }

    private readonly struct OneRow(float* a, float* panels, int depth, nint panelStep) : IStrip
    {
        public static int Panels => WideTile<V>.PanelsOfOneRow;

        public static int MaxRows => 1;

        public void Run(int panel, int count, float* c, nint ldc, nint groupStep, bool add)
        {
            var b = panels + (panel * panelStep);
            if (count > 1)
            {
                WideTile<V>.OneRow(count, depth, a, b, panelStep, c, add);
            }
            else
            {
                Tile<V>.Run(1, depth, a, 0, 1, b, Tile<V>.Columns, c, 0, add);
            }
        }
    }

    private readonly struct TwoRows(float* a, nint rowStep, float* panels, int depth, nint panelStep) : IStrip
    {
        public static int Panels => WideTile<V>.PanelsOfTwoRows;

        public static int MaxRows => 2;

        public void Run(int panel, int count, float* c, nint ldc, nint groupStep, bool add)
        {
            var b = panels + (panel * panelStep);
            if (count == 2)
            {
                WideTile<V>.TwoRows(depth, a, rowStep, b, panelStep, c, ldc, add);
            }
            else
            {
                Tile<V>.Run(2, depth, a, rowStep, 1, b, Tile<V>.Columns, c, ldc, add);
            }
        }
    }

    private readonly struct InPlace(LeftOperand a, RowGroups rows, float* panels, int depth, nint panelStep) : IStrip
    {
        public static int Panels => 1;

        public static int MaxRows => MatrixProduct.RowsOfPass;

        public void Run(int panel, int count, float* c, nint ldc, nint groupStep, bool add)
        {
            var b = panels + (panel * panelStep);
            for (var group = 0; group < rows.Groups; group++)
            {
                Tile<V>.RunAll(
                    rows.Rows,
                    depth,
                    a.From(group * rows.Step, 0).Start,
                    a.RowStep,
                    b,
                    Tile<V>.Columns,
                    c,
                    ldc,
                    add
                );
                c += groupStep;
            }
        }
    }

    private readonly struct Block(LeftBlock<V> a, float* b, nint panelStep, nint rowStep, int firstPanel) : IStrip
    {
        public static int Panels => 1;

        public static int MaxRows => LeftBlock<V>.MaxRows;

        public void Run(int panel, int count, float* c, nint ldc, nint groupStep, bool add) =>
            a.Multiply(b + (panel * panelStep), rowStep, c, ldc, groupStep, add, isFirst: panel == firstPanel);
    }
}
