using Recurrent.Kernels;
using Recurrent.Kernels.Products;

namespace Recurrent.Tensors;

/// <summary>
/// How values fall into rows that are computed apart from each other: those of a batch, (groups, rows, width) in
/// memory, where a group is a time step. A matrix is one group.
/// </summary>
/// <param name="Groups">Times that the rows are repeated.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Width">Values of a row in a group.</param>
internal readonly record struct RowLayout(int Groups, int Rows, int Width)
{
    /// <summary>Values from one group to the next.</summary>
    public int Step => Rows * Width;

    /// <summary>The values of some rows: a run in each group, or a single run of all.</summary>
    public Runs Of(int start, int count) => new(this, start, count);

    /// <summary>The product of some rows of A (groups, rows, depth) to those of C (groups, rows, columns).</summary>
    public MatrixProduct Product(Operand<float> a, int depth, Operand<float> c, int columns, int start, int count)
    {
        var isWhole = count == Rows;
        var (groups, rows) = isWhole ? (1, Groups * Rows) : (Groups, count);
        var length = ((groups - 1) * Rows) + rows; // from the first row to the last
        return new MatrixProduct
        {
            A = a.Slice(start * depth, length * depth),
            C = c.Slice(start * columns, length * columns),
            B = default,
            Rows = rows,
            Groups = groups,
            GroupStep = Rows,
            Depth = depth,
            Columns = columns,
        };
    }

    /// <summary>Runs of adjacent values.</summary>
    public struct Runs
    {
        private readonly int _step; // from one run to the next
        private readonly int _end;
        private int _next;

        public Runs(RowLayout layout, int start, int count)
        {
            var isWhole = count == layout.Rows;
            _step = isWhole ? layout.Groups * layout.Step : layout.Step;
            Length = isWhole ? _step : count * layout.Width;
            _next = start * layout.Width;
            _end = Length == 0 ? 0 : layout.Groups * layout.Step;
        }

        /// <summary>Values of a run.</summary>
        public int Length { get; }

        /// <summary>The first value of the run, and how many it has.</summary>
        public readonly (int First, int Length) Current => (_next - _step, Length);

        public readonly Runs GetEnumerator() => this;

        public bool MoveNext()
        {
            var isThere = _next < _end;
            _next += _step;
            return isThere;
        }
    }
}
