using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels;

/// <summary>
/// The kernels at one vector width. Spans in, spans out, row-major float32, destination last; nothing is allocated.
/// Every tier gives the same bits, for any number of threads.
/// </summary>
public abstract partial class KernelTier
{
    private protected KernelTier() { }

    /// <summary>Every tier, widest first.</summary>
    public static IReadOnlyList<KernelTier> All { get; } =
    [
        new VectorTier<Float512>(),
        new VectorTier<Float256>(),
        new VectorTier<Float128>(),
        new VectorTier<FloatScalar>(),
    ];

    /// <summary>The widest tier that the processor runs in hardware.</summary>
    public static KernelTier Best { get; } = All.First(tier => tier.IsAccelerated);

    /// <summary>The tier's name: 512, 256, 128 or scalar.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the processor runs this tier in hardware. Tiers that it does not run still work, slowly.</summary>
    public abstract bool IsAccelerated { get; }

    /// <summary>Finds a tier by its name.</summary>
    /// <param name="name">512, 256, 128 or scalar.</param>
    /// <exception cref="ArgumentException">There is no tier of that name.</exception>
    public static KernelTier Named(string name) =>
        All.FirstOrDefault(tier => tier.Name == name)
        ?? throw new ArgumentException(
            $"There is no vector tier '{name}'; choose one of {string.Join(", ", All.Select(tier => tier.Name))}.",
            nameof(name)
        );

    /// <summary>Values that a packed B(k, n) takes.</summary>
    /// <param name="k">Rows of B.</param>
    /// <param name="n">Columns of B.</param>
    public abstract int PackedLength(int k, int n);

    /// <summary>Packs the right operand of a product into this tier's panels.</summary>
    /// <param name="team">The threads to use.</param>
    /// <param name="b">B (k, n), or (n, k) when <paramref name="transposed"/>.</param>
    /// <param name="k">Rows of B as the product sees it.</param>
    /// <param name="n">Columns of B as the product sees it.</param>
    /// <param name="transposed">Whether <paramref name="b"/> holds the transpose.</param>
    /// <param name="packed">Destination of <see cref="PackedLength"/> values.</param>
    public abstract void Pack(
        WorkerTeam team,
        ReadOnlySpan<float> b,
        int k,
        int n,
        bool transposed,
        Span<float> packed
    );

    /// <summary>
    /// C = [C +] A·B. Each element is one chain of fused multiply-adds over ascending k.
    /// </summary>
    /// <param name="team">The threads to use.</param>
    /// <param name="a">A (m, k), or (k, m) when <paramref name="transposed"/>.</param>
    /// <param name="transposed">Whether <paramref name="a"/> holds the transpose.</param>
    /// <param name="packed">B as <see cref="Pack"/> left it.</param>
    /// <param name="c">C (m, n).</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="add">Whether the chains continue from what C holds or start from zero.</param>
    public abstract void Multiply(
        WorkerTeam team,
        ReadOnlySpan<float> a,
        bool transposed,
        ReadOnlySpan<float> packed,
        Span<float> c,
        int m,
        int n,
        int k,
        bool add
    );

    /// <summary>y = tanh(x), within a few units in the last place. x and y have one length; y may be x.</summary>
    public abstract void Tanh(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>y = 1 / (1 + e⁻ˣ), within a few units in the last place. x and y have one length; y may be x.</summary>
    public abstract void Sigmoid(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>y = max(x, 0). x and y have one length; y may be x.</summary>
    public abstract void Relu(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y);

    /// <summary>y = x·scale + shift, rounded once. x and y have one length; y may be x.</summary>
    public abstract void Affine(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        float scale,
        float shift,
        Span<float> y
    );

    /// <summary>dx = dy·(1 − y²), where y = tanh(x). All of one length; dx may be dy.</summary>
    public abstract void TanhBackward(
        WorkerTeam team,
        ReadOnlySpan<float> y,
        ReadOnlySpan<float> dy,
        Span<float> dx
    );

    /// <summary>dx = dy·y·(1 − y), where y = sigmoid(x). All of one length; dx may be dy.</summary>
    public abstract void SigmoidBackward(
        WorkerTeam team,
        ReadOnlySpan<float> y,
        ReadOnlySpan<float> dy,
        Span<float> dx
    );

    /// <summary>dx = dy where y = max(x, 0) is positive, else 0. All of one length; dx may be dy.</summary>
    public abstract void ReluBackward(
        WorkerTeam team,
        ReadOnlySpan<float> y,
        ReadOnlySpan<float> dy,
        Span<float> dx
    );

    /// <summary>z = x + y. y is as long as x, or one row that is repeated; z may be x, or y when as long.</summary>
    public abstract void Add(WorkerTeam team, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z);

    /// <summary>z = x − y. y is as long as x, or one row that is repeated; z may be x, or y when as long.</summary>
    public abstract void Subtract(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> y,
        Span<float> z
    );

    /// <summary>z = x·y. y is as long as x, or one row that is repeated; z may be x, or y when as long.</summary>
    public abstract void Multiply(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> y,
        Span<float> z
    );

    /// <summary>x = x + scale·y, rounded once. x and y have one length.</summary>
    public abstract void AddScaled(WorkerTeam team, Span<float> x, float scale, ReadOnlySpan<float> y);

    /// <summary>Σ x in a fixed order: sixteen float32 lanes a block of 1,024, blocks in double precision.</summary>
    public abstract double Sum(ReadOnlySpan<float> x);

    /// <summary>Σ x² in the order of <see cref="Sum"/>.</summary>
    public abstract double SumOfSquares(WorkerTeam team, ReadOnlySpan<float> x);

    /// <summary>table[indices[i]] += x[i] for each row, in order.</summary>
    /// <param name="team">The threads to use.</param>
    /// <param name="x">(rows, columns).</param>
    /// <param name="indices">(rows), rows of the table.</param>
    /// <param name="table">(entries, columns).</param>
    /// <param name="columns">Columns of both.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public abstract void AddRows(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        ReadOnlySpan<int> indices,
        Span<float> table,
        int columns
    );

    /// <summary>sums(columns) = [sums +] the sum of the rows of x(rows, columns), first row first.</summary>
    public abstract void SumRows(WorkerTeam team, ReadOnlySpan<float> x, Span<float> sums, bool add);

    /// <summary>Softmax cross-entropy of each row, and its gradient with respect to the logits.</summary>
    /// <param name="team">The threads to use.</param>
    /// <param name="logits">Unnormalised log-probabilities (rows, classes).</param>
    /// <param name="labels">The right class of each row (rows), 0 ≤ label &lt; classes.</param>
    /// <param name="scale">Factor of the gradient: 1 / rows for the mean.</param>
    /// <param name="losses">Destination (rows), in nats.</param>
    /// <param name="gradient">Destination (rows, classes): scale·(softmax − one-hot).</param>
    public abstract void CrossEntropy(
        WorkerTeam team,
        ReadOnlySpan<float> logits,
        ReadOnlySpan<int> labels,
        float scale,
        Span<float> losses,
        Span<float> gradient
    );

    /// <summary>Runs a recurrent layer over a whole sequence: h after each step, and in the gates what the way back needs.</summary>
    /// <param name="team">The threads to use: each takes rows of the batch or, where those are few, hidden units.</param>
    /// <param name="sequence">The operands.</param>
    public abstract void RecurrentForward(WorkerTeam team, in RecurrentSequence sequence);

    /// <summary>Runs a recurrent layer back through time, from the gradient of h to that of the pre-activations.</summary>
    /// <param name="team">The threads to use: each takes rows of the batch or, where those are few, hidden units.</param>
    /// <param name="sequence">The operands, with the gates as the forward run left them.</param>
    public abstract void RecurrentBackward(WorkerTeam team, in RecurrentSequence sequence);
}
