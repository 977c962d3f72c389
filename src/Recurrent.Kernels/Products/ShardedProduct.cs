using System.Runtime.InteropServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// C = [C +] Aᵀ·B over the rows of shards: each element is one chain of fused multiply-adds over the rows of each
/// shard, and the chains are added by the tree of <see cref="ShardedRows"/>. Chains continue from C for one shard only.
/// </summary>
internal readonly unsafe struct ShardedProduct : IKernel
{
    public required Operand<float> A { get; init; } // (rows of all shards, Rows)
    public required int StepA { get; init; } // the distance between the rows of A
    public required Operand<float> B { get; init; } // (rows of all shards, Columns) as Pack left it, or as it is
    public required bool PlainB { get; init; }
    public required Operand<float> C { get; init; } // (Rows, Columns)
    public required int Rows { get; init; }
    public required int Columns { get; init; }
    public required ShardedRows Sums { get; init; }
    public bool Accumulate { get; init; }

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        if (Accumulate && Sums.Count > 1)
        {
            throw new NotSupportedException($"The sum of {Sums.Count} shards is not added to another.");
        }
        var a = A.Pointer(Operand.Length(Sums.Rows, Rows, StepA));
        var right = B.Pointer(Pack.Length(Sums.Rows, Columns));
        var b = PlainB ? PackedMatrix<V>.Plain(right, Sums.Rows, Columns) : new PackedMatrix<V>(right, Sums.Rows);
        var job = new Job<V>(a, StepA, b, C.Pointer((long)Rows * Columns), Rows, Columns, Sums, Accumulate);
        team.Run(job.Chunks, job);
    }

    public void Launch(GpuQueue gpu) => throw new NotSupportedException("A card has one shard after the other.");

    /// <summary>A chunk owns rows of C, so few that they and the sums that wait stay in the caches.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Job<V>(
        float* a,
        nint stepA,
        PackedMatrix<V> b,
        float* c,
        int rows,
        int columns,
        ShardedRows sums,
        bool accumulate
    ) : IJob
        where V : unmanaged, IVector<V>
    {
        private const int Near = 1 << 18; // values of C; B is read again for as many

        public int Chunks => Ceiling(rows, Math.Max(LeftBlock<V>.MaxRows, Near / Math.Max(1, columns)));

        public void Run(int index)
        {
            var height = Ceiling(Ceiling(rows, Chunks), Tile<V>.MaxRows) * Tile<V>.MaxRows;
            var first = index * height;
            var left = new LeftOperand(a + first, 1, stepA);
            var count = Math.Min(height, rows - first);
            if (count > 0)
            {
                b.MultiplyShards(left, count, c + ((nint)first * columns), columns, sums, accumulate);
            }
        }

        private static int Ceiling(int count, int unit) => (count + unit - 1) / unit;
    }
}
