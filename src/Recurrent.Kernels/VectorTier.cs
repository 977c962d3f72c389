using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Matrices;
using Recurrent.Kernels.Reductions;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels;

/// <summary>Binds every kernel to one vector width and checks the lengths that the pointers rely on.</summary>
internal sealed unsafe partial class VectorTier<V> : KernelTier
    where V : unmanaged, IVector<V>
{
    public override string Name => V.Name;

    public override bool IsAccelerated => V.IsAccelerated;

    private static int PanelWidth => MicroKernel<V>.Columns;

    public override int PackedLength(int k, int n) => checked(Panels(n) * PanelWidth * k);

    public override void Pack(
        WorkerTeam team,
        ReadOnlySpan<float> b,
        int k,
        int n,
        bool transposed,
        Span<float> packed
    )
    {
        Check(b.Length, checked(k * n));
        Check(packed.Length, PackedLength(k, n));
        fixed (
            float* pb = b,
                pp = packed
        )
        {
            var job = new PackJob<V>(pb, transposed, k, n, pp);
            if (k * n < ElementChunks.Length)
            {
                for (var panel = 0; panel < Panels(n); panel++)
                {
                    job.Run(panel);
                }
                return;
            }
            team.Run(Panels(n), job);
        }
    }

    public override void Multiply(
        WorkerTeam team,
        ReadOnlySpan<float> a,
        bool transposed,
        ReadOnlySpan<float> packed,
        Span<float> c,
        int m,
        int n,
        int k,
        bool add
    )
    {
        Check(a.Length, checked(m * k));
        Check(packed.Length, PackedLength(k, n));
        Check(c.Length, checked(m * n));
        fixed (
            float* pa = a,
                pb = packed,
                pc = c
        )
        {
            var job = new ProductJob<V>
            {
                A = pa,
                RowStep = transposed ? 1 : k,
                Step = transposed ? m : 1,
                B = pb,
                C = pc,
                Ldc = n,
                M = m,
                N = n,
                K = k,
                Add = add,
            };
            team.Run(job.Cut(team.Threads), job);
        }
    }

    public override void Tanh(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y) =>
        Map(team, default(Tanh), x, y);

    public override void Sigmoid(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y) =>
        Map(team, default(Sigmoid), x, y);

    public override void Relu(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y) =>
        Map(team, default(Relu), x, y);

    public override void Affine(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        float scale,
        float shift,
        Span<float> y
    ) => Map(team, new Affine(scale, shift), x, y);

    public override void TanhBackward(
        WorkerTeam team,
        ReadOnlySpan<float> y,
        ReadOnlySpan<float> dy,
        Span<float> dx
    ) => Map(team, default(TanhDerivative), y, dy, dx);

    public override void SigmoidBackward(
        WorkerTeam team,
        ReadOnlySpan<float> y,
        ReadOnlySpan<float> dy,
        Span<float> dx
    ) => Map(team, default(SigmoidDerivative), y, dy, dx);

    public override void ReluBackward(
        WorkerTeam team,
        ReadOnlySpan<float> y,
        ReadOnlySpan<float> dy,
        Span<float> dx
    ) => Map(team, default(ReluDerivative), y, dy, dx);

    public override void Add(WorkerTeam team, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) =>
        Map(team, default(Add), x, y, z);

    public override void Subtract(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> y,
        Span<float> z
    ) => Map(team, default(Subtract), x, y, z);

    public override void Multiply(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> y,
        Span<float> z
    ) => Map(team, default(Multiply), x, y, z);

    public override void AddScaled(WorkerTeam team, Span<float> x, float scale, ReadOnlySpan<float> y) =>
        Map(team, new AddScaled(scale), x, y, x);

    public override double Sum(ReadOnlySpan<float> x)
    {
        fixed (float* px = x)
        {
            return Summation<V>.Sum(px, x.Length);
        }
    }

    public override double SumOfSquares(WorkerTeam team, ReadOnlySpan<float> x)
    {
        const int atOnce = 2048; // blocks, so that their sums fit the stack
        var sums = stackalloc float[atOnce];
        var total = 0.0;
        fixed (float* px = x)
        {
            for (long start = 0; start < x.Length; start += (long)atOnce * Summation<V>.Block)
            {
                var length = (int)Math.Min((long)atOnce * Summation<V>.Block, x.Length - start);
                var job = new SumOfSquaresJob<V>(px + start, length, sums);
                team.Run(job.Chunks, job);
                for (var block = 0; block < job.Blocks; block++)
                {
                    total += sums[block];
                }
            }
        }
        return total;
    }

    public override void SumRows(WorkerTeam team, ReadOnlySpan<float> x, Span<float> sums, bool add)
    {
        if (sums.Length == 0)
        {
            return;
        }
        Check(x.Length % sums.Length, 0);
        fixed (
            float* px = x,
                ps = sums
        )
        {
            var job = new ColumnSumJob<V>(px, x.Length / sums.Length, sums.Length, ps, add);
            team.Run((sums.Length + ColumnSumJob<V>.Block - 1) / ColumnSumJob<V>.Block, job);
        }
    }

    public override void AddRows(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        ReadOnlySpan<int> indices,
        Span<float> table,
        int columns
    )
    {
        Check(x.Length, checked(indices.Length * columns));
        Check(columns == 0 ? 0 : table.Length % columns, 0);
        if (columns == 0 || indices.IsEmpty)
        {
            return;
        }
        CheckIndices(indices, table.Length / columns, nameof(indices));
        fixed (
            float* px = x,
                pt = table
        )
        fixed (int* pi = indices)
        {
            var job = new RowAdditionJob<V>(px, pi, indices.Length, columns, pt);
            team.Run((columns + RowAdditionJob<V>.Block - 1) / RowAdditionJob<V>.Block, job);
        }
    }

    public override void CrossEntropy(
        WorkerTeam team,
        ReadOnlySpan<float> logits,
        ReadOnlySpan<int> labels,
        float scale,
        Span<float> losses,
        Span<float> gradient
    )
    {
        var rows = labels.Length;
        Check(losses.Length, rows);
        Check(gradient.Length, logits.Length);
        if (rows == 0)
        {
            return;
        }
        Check(logits.Length % rows, 0);
        var classes = logits.Length / rows;
        CheckIndices(labels, classes, nameof(labels));
        fixed (
            float* pz = logits,
                pl = losses,
                pg = gradient
        )
        fixed (int* py = labels)
        {
            var job = new CrossEntropyJob<V>(pz, py, rows, classes, scale, pl, pg);
            team.Run((rows + CrossEntropyJob<V>.Block - 1) / CrossEntropyJob<V>.Block, job);
        }
    }

    private static void Map<TOperation>(
        WorkerTeam team,
        TOperation operation,
        ReadOnlySpan<float> x,
        Span<float> destination
    )
        where TOperation : struct, IUnaryOperation
    {
        Check(destination.Length, x.Length);
        fixed (
            float* px = x,
                pd = destination
        )
        {
            var job = new UnaryJob<V, TOperation>(operation, px, pd, x.Length);
            team.Run(ElementChunks.Count(x.Length), job);
        }
    }

    private static void Map<TOperation>(
        WorkerTeam team,
        TOperation operation,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> y,
        Span<float> destination
    )
        where TOperation : struct, IBinaryOperation
    {
        Check(destination.Length, x.Length);
        if (x.Length == 0)
        {
            return;
        }
        var repeated = y.Length < x.Length;
        Check(repeated && y.Length > 0 ? x.Length % y.Length : y.Length - x.Length, 0);
        // Without a repeated row, the rows are only the chunks.
        var columns = repeated ? y.Length : Math.Min(ElementChunks.Length, x.Length);
        fixed (
            float* px = x,
                py = y,
                pd = destination
        )
        {
            var rows = x.Length / columns;
            var rowsInChunk = Math.Max(1, ElementChunks.Length / columns);
            var job = new BinaryJob<V, TOperation>(
                operation,
                px,
                py,
                repeated ? 0 : columns,
                pd,
                rows,
                columns,
                rowsInChunk
            );
            team.Run((rows + rowsInChunk - 1) / rowsInChunk, job);
            var done = rows * columns;
            if (done < x.Length)
            {
                var rest = x.Length - done;
                new BinaryJob<V, TOperation>(operation, px + done, py + done, 0, pd + done, 1, rest, 1).Run(
                    0
                );
            }
        }
    }

    private static void CheckIndices(ReadOnlySpan<int> indices, int count, string name)
    {
        foreach (var index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count, name);
        }
    }

    private static int Panels(int n) => (n + PanelWidth - 1) / PanelWidth;

    private static void Check(
        int length,
        int expected,
        [CallerArgumentExpression(nameof(length))] string name = ""
    )
    {
        if (length != expected)
        {
            throw new ArgumentException($"{name} must be {expected} and is {length}.", name);
        }
    }
}
