using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// The register tiles: rows of C by one panel of B. Every element is one chain of fused multiply-adds over ascending
/// k that continues from what C holds, or from zero, so that neither the tile nor the block of k changes a bit of the
/// result.
/// </summary>
/// <remarks>
/// Six rows by two vectors take twelve accumulators, two vectors of B and one value of A: fifteen of the sixteen
/// registers that AVX2 has, and enough independent chains to hide the latency of the multiply-adds. AVX-512 has
/// thirty-two registers; there eight rows keep the instruction decoder, too, out of the way.
/// </remarks>
internal static unsafe partial class Tile<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Rows of a tall tile.</summary>
    public const int TallRows = 8;

    private const int WidthWithManyRegisters = 16; // of a vector: AVX-512

    /// <summary>Columns of a panel: two vectors.</summary>
    public static int Columns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * V.Width;
    }

    /// <summary>Rows of the tallest tile.</summary>
    public static int MaxRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsTall ? TallRows : 6;
    }

    /// <summary>Whether there are registers for a tall tile.</summary>
    public static bool IsTall
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.Width == WidthWithManyRegisters;
    }

    /// <summary>C(height, Columns) = [C +] A(height, k) · B(k, Columns).</summary>
    /// <param name="height">Rows, 1 to <see cref="MaxRows"/>.</param>
    /// <param name="k">Columns of A.</param>
    /// <param name="a">A: a(i, k) is a[i·rowStep + k·step].</param>
    /// <param name="rowStep">Values from one row of A to the next.</param>
    /// <param name="step">Values from one column of A to the next.</param>
    /// <param name="b">One panel (k, Columns).</param>
    /// <param name="bStep">Values from one of its rows to the next.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="add">Whether the chains continue from what C holds, or start from zero.</param>
    public static void Run(
        int height,
        int k,
        float* a,
        nint rowStep,
        nint step,
        float* b,
        nint bStep,
        float* c,
        nint ldc,
        bool add
    )
    {
        switch (height)
        {
            case 1:
                Loop<Row<None>>(k, a, rowStep, step, b, bStep, c, ldc, add);
                break;
            case 2:
                Loop<Row<Row<None>>>(k, a, rowStep, step, b, bStep, c, ldc, add);
                break;
            case 3:
                Loop<Row<Row<Row<None>>>>(k, a, rowStep, step, b, bStep, c, ldc, add);
                break;
            case 4:
                Loop<Row<Row<Row<Row<None>>>>>(k, a, rowStep, step, b, bStep, c, ldc, add);
                break;
            case 5:
                Loop<Row<Row<Row<Row<Row<None>>>>>>(k, a, rowStep, step, b, bStep, c, ldc, add);
                break;
            case 6:
                Loop<Row<Row<Row<Row<Row<Row<None>>>>>>>(k, a, rowStep, step, b, bStep, c, ldc, add);
                break;
            case 7:
                Loop<Row<Row<Row<Row<Row<Row<Row<None>>>>>>>>(k, a, rowStep, step, b, bStep, c, ldc, add);
                break;
            default:
                Loop<Row<Row<Row<Row<Row<Row<Row<Row<None>>>>>>>>>(k, a, rowStep, step, b, bStep, c, ldc, add);
                break;
        }
    }

    /// <summary>
    /// C(rows, Columns) = [C +] A(rows, k) · B(k, Columns), for any number of rows, whose values are adjacent.
    /// </summary>
    public static void RunAll(
        int rows,
        int k,
        float* a,
        nint rowStep,
        float* b,
        nint bStep,
        float* c,
        nint ldc,
        bool add
    )
    {
        // As few tiles as possible, and those as equal as possible: low ones have too few chains.
        for (var tiles = (rows + MaxRows - 1) / MaxRows; tiles > 0; tiles--)
        {
            var height = (rows + tiles - 1) / tiles;
            Run(height, k, a, rowStep, 1, b, bStep, c, ldc, add);
            a += height * rowStep;
            c += height * ldc;
            rows -= height;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Loop<TTile>(
        int k,
        float* a,
        nint rowStep,
        nint step,
        float* b,
        nint bStep,
        float* c,
        nint ldc,
        bool add
    )
        where TTile : struct, ITile
    {
        var tile = default(TTile);
        if (add)
        {
            tile.Load(c, ldc);
        }
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            var a3 = a + (3 * rowStep);
            tile.Add(a, a3, a3 + (3 * rowStep), rowStep, b0, b1);
            a += step;
            b += bStep;
        }
        tile.Store(c, ldc);
    }

    /// <summary>
    /// C(TallRows, Columns) = [C +] A·B of a transposed A, whose TallRows columns are copied meanwhile, so that they
    /// come from memory during the product.
    /// </summary>
    /// <param name="k">Rows of the transposed A.</param>
    /// <param name="a">A: a(i, k) is a[i + k·step].</param>
    /// <param name="step">Values from one of its rows to the next.</param>
    /// <param name="copy">(k, TallRows).</param>
    /// <param name="b">One panel (k, Columns).</param>
    /// <param name="bStep">Values from one of its rows to the next.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="add">Whether the chains continue from what C holds, or start from zero.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void RunCopying(
        int k,
        float* a,
        nint step,
        float* copy,
        float* b,
        nint bStep,
        float* c,
        nint ldc,
        bool add
    )
    {
        var tile = default(Row<Row<Row<Row<Row<Row<Row<Row<None>>>>>>>>);
        if (add)
        {
            tile.Load(c, ldc);
        }
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            Unsafe.CopyBlockUnaligned(copy, a, TallRows * sizeof(float));
            tile.Add(a, a + 3, a + 6, 1, b0, b1);
            a += step;
            copy += TallRows;
            b += bStep;
        }
        tile.Store(c, ldc);
    }

    /// <summary>C(TallRows, Columns) = rows elsewhere + A(TallRows, k)·B(k, Columns).</summary>
    /// <param name="starts">The rows from which the chains continue, TallRows.</param>
    /// <param name="column">Where in them.</param>
    /// <param name="k">Columns of A.</param>
    /// <param name="a">A.</param>
    /// <param name="rowStep">Values from one row of A to the next.</param>
    /// <param name="b">One panel (k, Columns).</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void RunFrom(float** starts, nint column, int k, float* a, nint rowStep, float* b, float* c, nint ldc)
    {
        var tile = default(Row<Row<Row<Row<Row<Row<Row<Row<None>>>>>>>>);
        tile.Load(starts, column);
        for (; k > 0; k--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Width);
            var a3 = a + (3 * rowStep);
            tile.Add(a, a3, a3 + (3 * rowStep), rowStep, b0, b1);
            a++;
            b += Columns;
        }
        tile.Store(c, ldc);
    }

    /// <summary>The accumulators of a register tile: rows of C by two vectors of columns.</summary>
    private interface ITile
    {
        /// <summary>Rows of the tile.</summary>
        static abstract int Height { get; }

        /// <summary>Takes over what C holds.</summary>
        void Load(float* c, nint ldc);

        /// <summary>Takes over what rows elsewhere hold from a column on.</summary>
        void Load(float** rows, nint column);

        /// <summary>Adds one column of A times one row of B; a3 and a6 are the rows 3 and 6 of A.</summary>
        void Add(float* a, float* a3, float* a6, nint rowStep, V b0, V b1);

        /// <summary>Writes to C.</summary>
        void Store(float* c, nint ldc);
    }

    /// <summary>A tile of no rows.</summary>
    private readonly struct None : ITile
    {
        public static int Height
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Load(float* c, nint ldc) { }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Load(float** rows, nint column) { }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(float* a, float* a3, float* a6, nint rowStep, V b0, V b1) { }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(float* c, nint ldc) { }
    }

    /// <summary>A tile and a row below it: two rows are Row&lt;Row&lt;None&gt;&gt;.</summary>
    private struct Row<TAbove> : ITile
        where TAbove : struct, ITile
    {
#pragma warning disable CS0649 // its own methods change it
        private TAbove _above;
#pragma warning restore CS0649
        private V _c0;
        private V _c1;

        public static int Height
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => TAbove.Height + 1;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Load(float* c, nint ldc)
        {
            _above.Load(c, ldc);
            _c0 = V.Load(c + (TAbove.Height * ldc));
            _c1 = V.Load(c + (TAbove.Height * ldc) + V.Width);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Load(float** rows, nint column)
        {
            _above.Load(rows, column);
            var row = rows[TAbove.Height] + column;
            _c0 = V.Load(row);
            _c1 = V.Load(row + V.Width);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(float* a, float* a3, float* a6, nint rowStep, V b0, V b1)
        {
            _above.Add(a, a3, a6, rowStep, b0, b1);
            // Near a, a3 or a6, so that the processor forms the address by itself; and each read is where its value
            // is used, so that the compiler reads and spreads it at once.
            V x;
            switch (TAbove.Height)
            {
                case 0:
                    x = *a;
                    break;
                case 1:
                    x = a[rowStep];
                    break;
                case 2:
                    x = a[2 * rowStep];
                    break;
                case 3:
                    x = *a3;
                    break;
                case 4:
                    x = a3[rowStep];
                    break;
                case 5:
                    x = a3[2 * rowStep];
                    break;
                case 6:
                    x = *a6;
                    break;
                default:
                    x = a6[rowStep];
                    break;
            }
            _c0 = V.FusedMultiplyAdd(x, b0, _c0);
            _c1 = V.FusedMultiplyAdd(x, b1, _c1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(float* c, nint ldc)
        {
            _above.Store(c, ldc);
            V.Store(_c0, c + (TAbove.Height * ldc));
            V.Store(_c1, c + (TAbove.Height * ldc) + V.Width);
        }
    }
}
