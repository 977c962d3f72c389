using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = Xᵀ.</summary>
/// <param name="X">(Rows, Columns).</param>
/// <param name="Rows">Rows of X.</param>
/// <param name="Columns">Columns of X.</param>
/// <param name="Y">(Columns, Rows).</param>
internal readonly unsafe record struct Transpose(Operand<float> X, int Rows, int Columns, Operand<float> Y) : IKernel
{
    private const int Four = 4;
    private const int Block = 128; // columns: a panel's part of them stays in the first-level cache

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var count = (long)Rows * Columns;
        var x = X.Pointer(count);
        var y = Y.Pointer(count);
        Run(x, Rows, Columns, y, Rows);
    }

    /// <summary>Y = Xᵀ on the calling thread, where rows of Y may lie further apart than they are long.</summary>
    /// <param name="x">(rows, columns).</param>
    /// <param name="rows">Rows of X.</param>
    /// <param name="columns">Columns of X.</param>
    /// <param name="y">(columns, rows).</param>
    /// <param name="step">Values from one row of Y to the next.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, int rows, int columns, float* y, int step)
    {
        for (var first = 0; first < columns; first += Block)
        {
            var end = Math.Min(first + Block, columns);
            for (var row = 0; row < rows; row += Four)
            {
                var height = Math.Min(Four, rows - row);
                var from = x + ((nint)row * columns);
                var to = y + row;
                var column = first;
                for (; Sse.IsSupported && height == Four && column <= end - Four; column += Four)
                {
                    RunFour(from + column, columns, to + ((nint)column * step), step);
                }
                for (; column < end; column++)
                {
                    for (var i = 0; i < height; i++)
                    {
                        to[((nint)column * step) + i] = from[((nint)i * columns) + column];
                    }
                }
            }
        }
    }

    /// <summary>Four rows of four values, in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RunFour(float* x, nint stepX, float* y, nint stepY)
    {
        var (a, b) = (Vector128.Load(x), Vector128.Load(x + stepX));
        var (c, d) = (Vector128.Load(x + (2 * stepX)), Vector128.Load(x + (3 * stepX)));
        var (lowAB, highAB) = (Sse.UnpackLow(a, b), Sse.UnpackHigh(a, b));
        var (lowCD, highCD) = (Sse.UnpackLow(c, d), Sse.UnpackHigh(c, d));
        Sse.MoveLowToHigh(lowAB, lowCD).Store(y);
        Sse.MoveHighToLow(lowCD, lowAB).Store(y + stepY);
        Sse.MoveLowToHigh(highAB, highCD).Store(y + (2 * stepY));
        Sse.MoveHighToLow(highCD, highAB).Store(y + (3 * stepY));
    }

    public void Launch(GpuQueue gpu)
    {
        X.Check((long)Rows * Columns);
        Y.Check((long)Rows * Columns);
        var function = Elementwise.Function(
            gpu,
            new(typeof(Transpose)),
            static (w, i) =>
            {
                var (x, y, rows, columns) = (w.Pointer(), w.Pointer(), w.Int(), w.Int());
                (y + i).Store((x + ((i % rows * columns) + (i / rows))).Load());
            }
        );
        gpu.Launch(function, Elementwise.Blocks(Y.Length), Y.Length, X, Y, Rows, Columns);
    }
}
