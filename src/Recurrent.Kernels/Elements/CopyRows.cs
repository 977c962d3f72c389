using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>
/// To(row, column) = From(row, column), where rows may lie apart in memory. With a step of 0 From is one row that goes
/// into each row of To, as a bias does.
/// </summary>
/// <param name="From">(Rows, Columns), rows FromStep apart.</param>
/// <param name="FromStep">The distance between the rows of From.</param>
/// <param name="To">(Rows, Columns), rows ToStep apart.</param>
/// <param name="ToStep">The distance between the rows of To.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
internal readonly unsafe record struct CopyRows(
    Operand<float> From,
    int FromStep,
    Operand<float> To,
    int ToStep,
    int Rows,
    int Columns
) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        if (Rows == 0 || Columns == 0)
        {
            return;
        }
        var (from, to) = (Part(From, FromStep), Part(To, ToStep));
        var job = new Job(from.Start, FromStep, to.Start, ToStep, Rows, Columns);
        team.Run(job.Chunks, job);
    }

    public void Launch(GpuQueue gpu)
    {
        if (Rows == 0 || Columns == 0)
        {
            return;
        }
        var function = Elementwise.Function(
            gpu,
            new(typeof(CopyRows)),
            static (w, i) =>
            {
                var (from, fromStep, to, toStep, columns) = (w.Pointer(), w.Int(), w.Pointer(), w.Int(), w.Int());
                var (row, column) = (i / columns, i % columns);
                var value = (from + ((row * fromStep) + column)).Load();
                (to + ((row * toStep) + column)).Store(value);
            }
        );
        var (from, to, count) = (Part(From, FromStep), Part(To, ToStep), checked(Rows * Columns));
        gpu.Launch(function, Elementwise.Blocks(count), count, from, FromStep, to, ToStep, Columns);
    }

    private Operand<float> Part(Operand<float> operand, int step) =>
        operand.Slice(0, checked(((Rows - 1) * step) + Columns));

    private readonly struct Job(float* from, nint fromStep, float* to, nint toStep, int rows, int columns) : IJob
    {
        private const int ChunkLength = 16 * Elementwise.ChunkLength; // copies are soon done

        private int RowsInChunk => Math.Max(1, ChunkLength / columns);

        public int Chunks => (rows + RowsInChunk - 1) / RowsInChunk;

        public void Run(int index)
        {
            var end = Math.Min((index + 1) * RowsInChunk, rows);
            for (var row = index * RowsInChunk; row < end; row++)
            {
                var source = new ReadOnlySpan<float>(from + (row * fromStep), columns);
                source.CopyTo(new Span<float>(to + (row * toStep), columns));
            }
        }
    }
}
