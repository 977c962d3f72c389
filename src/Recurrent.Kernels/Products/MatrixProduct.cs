using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>C = [C +] A·B. Each element is one chain of fused multiply-adds over ascending k.</summary>
internal readonly unsafe struct MatrixProduct : IKernel
{
    public required Operand<float> A { get; init; } // (Rows, Depth), or (Depth, Rows) when TransposedA

    public bool TransposedA { get; init; }

    /// <summary>How far apart the rows of a transposed A lie; 0 for Rows. More for some columns of a wider matrix.</summary>
    public int StepA { get; init; }

    public required Operand<float> B { get; init; } // (Depth, Columns) as Pack left it

    public required Operand<float> C { get; init; } // (Rows, Columns)

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public required int Depth { get; init; }

    /// <summary>Whether the chains continue from what C holds, or start from zero.</summary>
    public bool Accumulate { get; init; }

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var step = StepA > 0 ? StepA : Rows;
        var job = new ProductJob<V>
        {
            A = A.Pointer(TransposedA ? Operand.Length(Depth, Rows, step) : (long)Rows * Depth),
            RowStep = TransposedA ? 1 : Depth,
            Step = TransposedA ? step : 1,
            B = B.Pointer(Pack.Length(Depth, Columns)),
            C = C.Pointer((long)Rows * Columns),
            Ldc = Columns,
            M = Rows,
            N = Columns,
            K = Depth,
            Add = Accumulate,
        };
        team.Run(job.Cut(team.Threads), job);
    }
}
