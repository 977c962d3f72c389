using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Products;

// Tiles over rows of B that lie in groups: those of a shard, step by step in time.
internal static unsafe partial class Tile<V>
{
    /// <summary>C(height, Columns) = [C +] A(height, depth) · B(depth, Columns).</summary>
    /// <param name="height">Rows, 1 to <see cref="MaxRows"/>.</param>
    /// <param name="depth">The rows of B.</param>
    /// <param name="a">A: a(i, k) is a[i + k·MaxRows], where k counts through all groups.</param>
    /// <param name="b">One panel from its first row on.</param>
    /// <param name="bStep">Values from one of its rows to the next.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="add">Whether the chains continue from what C holds, or start from zero.</param>
    public static void Run(int height, RowGroups depth, float* a, float* b, nint bStep, float* c, nint ldc, bool add)
    {
        switch (height)
        {
            case 1:
                Loop<Row<None>>(depth, a, b, bStep, c, ldc, add);
                break;
            case 2:
                Loop<Row<Row<None>>>(depth, a, b, bStep, c, ldc, add);
                break;
            case 3:
                Loop<Row<Row<Row<None>>>>(depth, a, b, bStep, c, ldc, add);
                break;
            case 4:
                Loop<Row<Row<Row<Row<None>>>>>(depth, a, b, bStep, c, ldc, add);
                break;
            case 5:
                Loop<Row<Row<Row<Row<Row<None>>>>>>(depth, a, b, bStep, c, ldc, add);
                break;
            case 6:
                Loop<Row<Row<Row<Row<Row<Row<None>>>>>>>(depth, a, b, bStep, c, ldc, add);
                break;
            case 7:
                Loop<Row<Row<Row<Row<Row<Row<Row<None>>>>>>>>(depth, a, b, bStep, c, ldc, add);
                break;
            default:
                Loop<Row<Row<Row<Row<Row<Row<Row<Row<None>>>>>>>>>(depth, a, b, bStep, c, ldc, add);
                break;
        }
    }

    /// <summary>The same for TallRows columns of a transposed A, which are copied meanwhile.</summary>
    /// <param name="depth">The rows of B, and of the transposed A.</param>
    /// <param name="a">A: a(i, k) is a[i + k·step], where k is a row's place.</param>
    /// <param name="step">Values from one of its rows to the next.</param>
    /// <param name="copy">(depth, TallRows).</param>
    /// <param name="b">One panel from its first row on.</param>
    /// <param name="bStep">Values from one of its rows to the next.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">Values from one row of C to the next.</param>
    /// <param name="add">Whether the chains continue from what C holds, or start from zero.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void RunCopying(
        RowGroups depth,
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
        var between = depth.Step - depth.Rows;
        for (var group = depth.Groups; group > 0; group--)
        {
            for (var k = depth.Rows; k > 0; k--)
            {
                var b0 = V.Load(b);
                var b1 = V.Load(b + V.Width);
                Unsafe.CopyBlockUnaligned(copy, a, TallRows * sizeof(float));
                tile.Add(a, a + 3, a + 6, 1, b0, b1);
                a += step;
                copy += TallRows;
                b += bStep;
            }
            a += between * step;
            b += between * bStep;
        }
        tile.Store(c, ldc);
    }

    /// <summary>C(rows, Columns) += more(rows, Columns).</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void AddPanel(int rows, float* more, nint step, float* c, nint ldc)
    {
        for (; rows > 0; rows--)
        {
            V.Store(V.Load(more) + V.Load(c), c);
            V.Store(V.Load(more + V.Width) + V.Load(c + V.Width), c + V.Width);
            more += step;
            c += ldc;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Loop<TTile>(RowGroups depth, float* a, float* b, nint bStep, float* c, nint ldc, bool add)
        where TTile : struct, ITile
    {
        var tile = default(TTile);
        if (add)
        {
            tile.Load(c, ldc);
        }
        var skip = (depth.Step - depth.Rows) * bStep;
        for (var group = depth.Groups; group > 0; group--)
        {
            for (var k = depth.Rows; k > 0; k--)
            {
                var b0 = V.Load(b);
                var b1 = V.Load(b + V.Width);
                tile.Add(a, a + 3, a + 6, 1, b0, b1);
                a += MaxRows;
                b += bStep;
            }
            b += skip;
        }
        tile.Store(c, ldc);
    }
}
