using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// Copies the right operand B of a product into panels: panel p holds columns [p·width, (p+1)·width) as (Rows, width),
/// row after row, so that a tile reads B as one stream. A card has one panel, as wide as all columns and those that
/// fill up the last 32. Columns past the last are zero.
/// </summary>
/// <param name="B">(Rows, Columns), or (Columns, Rows) when Transposed.</param>
/// <param name="Transposed">Whether B is given as its transpose.</param>
/// <param name="Rows">Rows of B as the product sees it.</param>
/// <param name="Columns">Columns of B as the product sees it.</param>
/// <param name="Packed">(Length(Rows, Columns)).</param>
internal readonly unsafe record struct Pack(
    Operand<float> B,
    bool Transposed,
    int Rows,
    int Columns,
    Operand<float> Packed
) : IKernel
{
    private const int WidestPanel = 32; // columns, of the widest tier
    private const int CardTile = WidestPanel; // rows and columns that a card's block transposes

    /// <summary>Values that a packed B takes, on every tier.</summary>
    /// <param name="rows">Rows of B as the product sees it.</param>
    /// <param name="columns">Columns of B as the product sees it.</param>
    public static int Length(int rows, int columns) => checked(Step(columns) * rows);

    /// <summary>Values from one row to the next on a card.</summary>
    public static int Step(int columns) => checked((columns + WidestPanel - 1) / WidestPanel * WidestPanel);

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var count = (long)Rows * Columns;
        var packed = Packed.Pointer(Length(Rows, Columns));
        var panels = (Columns + Tile<V>.Columns - 1) / Tile<V>.Columns;
        var job = new Job<V>(B.Pointer(count), Transposed, Rows, Columns, packed);
        if (count >= Elementwise.ChunkLength)
        {
            team.Run(panels, job);
            return;
        }
        for (var panel = 0; panel < panels; panel++)
        {
            job.Run(panel);
        }
    }

    public void Launch(GpuQueue gpu)
    {
        B.Check((long)Rows * Columns);
        Packed.Check(Length(Rows, Columns));
        if (Transposed)
        {
            var transpose = gpu.Function(new(typeof(Pack)), static _ => TransposeProgram());
            GpuBlocks tiles = new((Rows + CardTile - 1) / CardTile, Step(Columns) / CardTile);
            gpu.Launch(transpose, tiles, B, Packed, Rows, Columns, Step(Columns));
            return;
        }
        const int width = 4;
        var isWide = Columns % width == 0 && B.Address % (width * sizeof(float)) == 0;
        var copy = gpu.Function(new(typeof(Pack), 1, isWide ? width : 1), static key => CopyProgram(key.B));
        var count = Packed.Length / width;
        gpu.Launch(copy, Elementwise.Blocks(count), B, Packed, Columns, Step(Columns), count);
    }

    /// <summary>Each thread fills four places of the packed matrix.</summary>
    private static PtxProgram CopyProgram(int widthOfLoads) =>
        PtxWriter.Write(
            "pack",
            Elementwise.Threads,
            w =>
            {
                const int width = 4;
                var (b, packed, columns, step, count) = (w.Pointer(), w.Pointer(), w.Int(), w.Int(), w.Int());
                var i = (w.BlockX * Elementwise.Threads) + w.Thread;
                w.ReturnIf(i >= count);
                var (row, column) = (i / (step / width), i % (step / width) * width);
                var source = b + ((row * columns) + column);
                PtxVector zero = 0f;
                PtxVector[] values = [w.Variable(zero), w.Variable(zero), w.Variable(zero), w.Variable(zero)];
                for (var j = 0; j < width; j += widthOfLoads)
                {
                    (source + j).LoadInto(values.AsSpan(j, widthOfLoads), column + j < columns);
                }
                (packed + (i * width)).Store(values);
            }
        );

    /// <summary>A block reads rows of a tile of B, keeps them in shared memory, and writes columns.</summary>
    private static PtxProgram TransposeProgram()
    {
        const int rowsAtOnce = 8;
        const int tileStep = CardTile + 1; // so that a column lies in all banks of the memory
        return PtxWriter.Write(
            "pack transposed",
            CardTile * rowsAtOnce,
            w =>
            {
                var (b, packed, rows, columns, step) = (w.Pointer(), w.Pointer(), w.Int(), w.Int(), w.Int());
                var tile = w.Shared(CardTile * tileStep);
                var (along, across) = (w.Thread % CardTile, w.Thread / CardTile);
                var (firstRow, firstColumn) = (w.BlockX * CardTile, w.BlockY * CardTile);
                var row = firstRow + along;
                for (var j = 0; j < CardTile; j += rowsAtOnce)
                {
                    var column = firstColumn + across + j;
                    var value = w.Variable((PtxVector)0f);
                    (b + ((column * rows) + row)).LoadInto(value, (row < rows) & (column < columns));
                    (tile + (((across + j) * tileStep) + along)).Store(value);
                }
                w.Barrier();
                for (var j = 0; j < CardTile; j += rowsAtOnce)
                {
                    row = firstRow + across + j;
                    var place = packed + ((row * step) + firstColumn + along);
                    var value = (tile + ((along * tileStep) + across + j)).Load();
                    w.If(row < rows, () => place.Store(value));
                }
            }
        );
    }

    /// <summary>A chunk is a panel.</summary>
    private readonly struct Job<V>(float* b, bool transposed, int k, int n, float* packed) : IJob
        where V : unmanaged, IVector<V>
    {
        private static int Width => Tile<V>.Columns;

        public void Run(int index)
        {
            var firstColumn = index * Width;
            var columns = Math.Min(Width, n - firstColumn);
            var target = packed + ((nint)index * k * Width);
            if (columns < Width)
            {
                new Span<float>(target, k * Width).Clear();
            }
            if (transposed)
            {
                Transpose.Run(b + ((nint)firstColumn * k), columns, k, target, Width);
            }
            else if (columns == Width)
            {
                PackWhole(b + firstColumn, target);
            }
            else
            {
                for (var row = 0; row < k; row++)
                {
                    var source = new ReadOnlySpan<float>(b + ((nint)row * n) + firstColumn, columns);
                    source.CopyTo(new Span<float>(target + (row * Width), columns));
                }
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private void PackWhole(float* source, float* target)
        {
            for (var row = 0; row < k; row++)
            {
                V.Store(V.Load(source), target);
                V.Store(V.Load(source + V.Width), target + V.Width);
                source += n;
                target += Width;
            }
        }
    }
}
