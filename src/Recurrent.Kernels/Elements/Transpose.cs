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
    private const int Block = 16; // rows and columns that stay in the first-level cache together

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var count = (long)Rows * Columns;
        var x = X.Pointer(count);
        var y = Y.Pointer(count);
        for (var firstRow = 0; firstRow < Rows; firstRow += Block)
        {
            for (var firstColumn = 0; firstColumn < Columns; firstColumn += Block)
            {
                for (var row = firstRow; row < Math.Min(firstRow + Block, Rows); row++)
                {
                    for (var column = firstColumn; column < Math.Min(firstColumn + Block, Columns); column++)
                    {
                        y[((nint)column * Rows) + row] = x[((nint)row * Columns) + column];
                    }
                }
            }
        }
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
