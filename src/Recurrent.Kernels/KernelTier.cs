using System.Runtime.InteropServices;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Sums;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Updates;

#pragma warning disable CS1591, SA1600, MA0048

// The old interface over spans, on the new kernels. It goes when nothing calls it any more.
namespace Recurrent.Kernels;

public sealed unsafe class KernelTier
{
    private readonly VectorTier _tier;

    private KernelTier(VectorTier tier) => _tier = tier;

    public static IReadOnlyList<KernelTier> All { get; } = [.. VectorTier.All.Select(t => new KernelTier(t))];

    public static KernelTier Best { get; } = All.First(tier => tier.IsAccelerated);

    public string Name => _tier.Name;

    public bool IsAccelerated => _tier.IsAccelerated;

    public static KernelTier Named(string name)
    {
        var tier = VectorTier.Named(name);
        return All.First(old => old._tier == tier);
    }

    public int PackedLength(int k, int n) => Products.Pack.Length(k, n);

    public void Pack(
        WorkerTeam team,
        ReadOnlySpan<float> b,
        int k,
        int n,
        bool transposed,
        Span<float> packed
    )
    {
        fixed (
            float* pb = b,
                pp = packed
        )
        {
            _tier.Run(
                new Pack
                {
                    B = Of(pb, b),
                    Transposed = transposed,
                    Rows = k,
                    Columns = n,
                    Packed = Of(pp, packed),
                },
                team
            );
        }
    }

    public void Multiply(
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
        fixed (
            float* pa = a,
                pb = packed,
                pc = c
        )
        {
            _tier.Run(
                new MatrixProduct
                {
                    A = Of(pa, a),
                    TransposedA = transposed,
                    B = Of(pb, packed),
                    C = Of(pc, c),
                    Rows = m,
                    Columns = n,
                    Depth = k,
                    Accumulate = add,
                },
                team
            );
        }
    }

    public void Tanh(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y)
    {
        fixed (
            float* px = x,
                py = y
        )
        {
            _tier.Run(new Tanh { X = Of(px, x), Y = Of(py, y) }, team);
        }
    }

    public void Sigmoid(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y)
    {
        fixed (
            float* px = x,
                py = y
        )
        {
            _tier.Run(new Sigmoid { X = Of(px, x), Y = Of(py, y) }, team);
        }
    }

    public void Relu(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y)
    {
        fixed (
            float* px = x,
                py = y
        )
        {
            _tier.Run(new Relu { X = Of(px, x), Y = Of(py, y) }, team);
        }
    }

    public void Affine(WorkerTeam team, ReadOnlySpan<float> x, float scale, float shift, Span<float> y)
    {
        fixed (
            float* px = x,
                py = y
        )
        {
            _tier.Run(
                new Affine
                {
                    X = Of(px, x),
                    Scale = scale,
                    Shift = shift,
                    Y = Of(py, y),
                },
                team
            );
        }
    }

    public void TanhBackward(WorkerTeam team, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        fixed (
            float* py = y,
                pdy = dy,
                pdx = dx
        )
        {
            _tier.Run(
                new TanhBackward
                {
                    Y = Of(py, y),
                    DY = Of(pdy, dy),
                    DX = Of(pdx, dx),
                },
                team
            );
        }
    }

    public void SigmoidBackward(
        WorkerTeam team,
        ReadOnlySpan<float> y,
        ReadOnlySpan<float> dy,
        Span<float> dx
    )
    {
        fixed (
            float* py = y,
                pdy = dy,
                pdx = dx
        )
        {
            _tier.Run(
                new SigmoidBackward
                {
                    Y = Of(py, y),
                    DY = Of(pdy, dy),
                    DX = Of(pdx, dx),
                },
                team
            );
        }
    }

    public void ReluBackward(WorkerTeam team, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        fixed (
            float* py = y,
                pdy = dy,
                pdx = dx
        )
        {
            _tier.Run(
                new ReluBackward
                {
                    Y = Of(py, y),
                    DY = Of(pdy, dy),
                    DX = Of(pdx, dx),
                },
                team
            );
        }
    }

    public void Add(WorkerTeam team, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z)
    {
        fixed (
            float* px = x,
                py = y,
                pz = z
        )
        {
            _tier.Run(
                new Add
                {
                    X = Of(px, x),
                    Y = Of(py, y),
                    Z = Of(pz, z),
                },
                team
            );
        }
    }

    public void Subtract(WorkerTeam team, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z)
    {
        fixed (
            float* px = x,
                py = y,
                pz = z
        )
        {
            _tier.Run(
                new Subtract
                {
                    X = Of(px, x),
                    Y = Of(py, y),
                    Z = Of(pz, z),
                },
                team
            );
        }
    }

    public void Multiply(WorkerTeam team, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z)
    {
        fixed (
            float* px = x,
                py = y,
                pz = z
        )
        {
            _tier.Run(
                new Multiply
                {
                    X = Of(px, x),
                    Y = Of(py, y),
                    Z = Of(pz, z),
                },
                team
            );
        }
    }

    public void AddScaled(WorkerTeam team, Span<float> x, float scale, ReadOnlySpan<float> y)
    {
        fixed (
            float* px = x,
                py = y
        )
        {
            _tier.Run(
                new AddScaled
                {
                    X = Of(px, x),
                    Scale = scale,
                    Y = Of(py, y),
                },
                team
            );
        }
    }

    public double Sum(ReadOnlySpan<float> x)
    {
        // Exact where the sum is a float; the callers that need all its bits go over to the kernel.
        fixed (float* px = x)
        {
            var sum = new OldSum(px, x.Length);
            _tier.Run(sum, s_one);
            return OldSum.Result;
        }
    }

    public double SumOfSquares(WorkerTeam team, ReadOnlySpan<float> x)
    {
        var total = 0.0;
        fixed (float* px = x)
        {
            _tier.Run(new SumOfSquares { X = Of(px, x), Total = Operand<double>.Pinned(&total, 1) }, team);
        }
        return total;
    }

    public void AddRows(
        WorkerTeam team,
        ReadOnlySpan<float> x,
        ReadOnlySpan<int> indices,
        Span<float> table,
        int columns
    )
    {
        fixed (
            float* px = x,
                pt = table
        )
        fixed (int* pi = indices)
        {
            _tier.Run(
                new AddRows
                {
                    X = Of(px, x),
                    Indices = Operand<int>.Pinned(pi, indices.Length),
                    Table = Of(pt, table),
                    Columns = columns,
                },
                team
            );
        }
    }

    public void SumRows(WorkerTeam team, ReadOnlySpan<float> x, Span<float> sums, bool add)
    {
        fixed (
            float* px = x,
                ps = sums
        )
        {
            _tier.Run(
                new ColumnSums
                {
                    X = Of(px, x),
                    Totals = Of(ps, sums),
                    Accumulate = add,
                },
                team
            );
        }
    }

    public void CrossEntropy(
        WorkerTeam team,
        ReadOnlySpan<float> logits,
        ReadOnlySpan<int> labels,
        float scale,
        Span<float> losses,
        Span<float> gradient
    )
    {
        fixed (
            float* pz = logits,
                pl = losses,
                pg = gradient
        )
        fixed (int* py = labels)
        {
            _tier.Run(
                new CrossEntropy
                {
                    Logits = Of(pz, logits),
                    Labels = Operand<int>.Pinned(py, labels.Length),
                    Losses = Of(pl, losses),
                    Gradient = Of(pg, gradient),
                    Scale = scale,
                },
                team
            );
        }
    }

    public void Clamp(WorkerTeam team, ReadOnlySpan<float> x, float bound, Span<float> y)
    {
        fixed (
            float* px = x,
                py = y
        )
        {
            _tier.Run(
                new Clamp
                {
                    X = Of(px, x),
                    Bound = bound,
                    Y = Of(py, y),
                },
                team
            );
        }
    }

    public void MomentumUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        float rate,
        float momentum,
        float decay,
        Span<float> moments,
        Span<float> weights
    )
    {
        fixed (
            float* pg = gradient,
                pm = moments,
                pw = weights
        )
        {
            _tier.Run(
                new MomentumUpdate
                {
                    Weights = Of(pw, weights),
                    Gradient = Of(pg, gradient),
                    Moments = Of(pm, moments),
                    Rate = rate,
                    Momentum = momentum,
                    Decay = decay,
                },
                team
            );
        }
    }

    public void RmsPropUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        float rate,
        float keep,
        float take,
        float epsilon,
        float decay,
        Span<float> squares,
        Span<float> weights
    )
    {
        fixed (
            float* pg = gradient,
                pm = squares,
                pw = weights
        )
        {
            _tier.Run(
                new RmsPropUpdate
                {
                    Weights = Of(pw, weights),
                    Gradient = Of(pg, gradient),
                    Squares = Of(pm, squares),
                    Rate = rate,
                    Keep = keep,
                    Take = take,
                    Epsilon = epsilon,
                    Decay = decay,
                },
                team
            );
        }
    }

    public void AdamUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        in AdamStep factors,
        Span<float> moments,
        Span<float> squares,
        Span<float> weights
    )
    {
        fixed (
            float* pg = gradient,
                pm = moments,
                ps = squares,
                pw = weights
        )
        {
            _tier.Run(
                new AdamUpdate
                {
                    Weights = Of(pw, weights),
                    Gradient = Of(pg, gradient),
                    Moments = Of(pm, moments),
                    Squares = Of(ps, squares),
                    Factors = new()
                    {
                        Rate = factors.Rate,
                        KeepFirst = factors.KeepFirst,
                        TakeFirst = factors.TakeFirst,
                        KeepSecond = factors.KeepSecond,
                        TakeSecond = factors.TakeSecond,
                        RootScale = factors.RootScale,
                        Epsilon = factors.Epsilon,
                        Decay = factors.Decay,
                        Shrink = factors.Shrink,
                    },
                },
                team
            );
        }
    }

    public void RecurrentForward(WorkerTeam team, in RecurrentSequence sequence) =>
        Run(team, sequence, false);

    public void RecurrentBackward(WorkerTeam team, in RecurrentSequence sequence) =>
        Run(team, sequence, true);

    internal void Dropout(
        WorkerTeam team,
        (ulong Seed, ulong Stream, double Probability) mask,
        ReadOnlySpan<float> x,
        Span<float> y
    )
    {
        fixed (
            float* px = x,
                py = y
        )
        {
            _tier.Run(
                new Dropout
                {
                    X = Of(px, x),
                    Y = Of(py, y),
                    Seed = mask.Seed,
                    Stream = mask.Stream,
                    Probability = mask.Probability,
                },
                team
            );
        }
    }

    private void Run(WorkerTeam team, in RecurrentSequence s, bool backward)
    {
        var cell = Cell.All[(int)s.Cell];
        fixed (
            float* pGates = s.Gates,
                pInput = s.InputGates,
                pBias = s.RecurrentBias,
                pTable = s.TokenTable,
                pWeights = s.Weights
        )
        fixed (int* pTokens = s.Tokens)
        fixed (
            float* pInitialH = s.InitialH,
                pInitialC = s.InitialC,
                pH = s.H,
                pC = s.C
        )
        fixed (
            float* pOutput = s.OutputGradient,
                pGradientH = s.GradientH,
                pGradientC = s.GradientC
        )
        {
            var sequence = new CellSequence
            {
                Steps = s.Steps,
                Batch = s.Batch,
                HiddenSize = s.HiddenSize,
                Reversed = s.Reversed,
                Gates = Of(pGates, s.Gates),
                InputGates = Of(pInput, s.InputGates),
                RecurrentBias = Of(pBias, s.RecurrentBias),
                TokenTable = Of(pTable, s.TokenTable),
                Weights = Of(pWeights, s.Weights),
                Tokens = Operand<int>.Pinned(pTokens, s.Tokens.Length),
                InitialH = Of(pInitialH, s.InitialH),
                InitialC = Of(pInitialC, s.InitialC),
                H = Of(pH, s.H),
                C = Of(pC, s.C),
                OutputGradient = Of(pOutput, s.OutputGradient),
                GradientH = Of(pGradientH, s.GradientH),
                GradientC = Of(pGradientC, s.GradientC),
            };
            if (backward)
            {
                _tier.Run(new CellBackward { Cell = cell, Sequence = sequence }, team);
            }
            else
            {
                _tier.Run(new CellForward { Cell = cell, Sequence = sequence }, team);
            }
        }
    }

    private static readonly WorkerTeam s_one = new(1);

    private static Operand<float> Of(float* start, ReadOnlySpan<float> values) =>
        Operand<float>.Pinned(start, values.Length);

    private readonly struct OldSum(float* x, int length) : IKernel
    {
        [ThreadStatic]
        private static double t_result;

        public static double Result => t_result;

        public void Run<V>(WorkerTeam team)
            where V : unmanaged, Vectors.IVector<V> => t_result = Blocks<V, Plain>.Sum(x, length);
    }
}

public sealed class AlignedBuffer(int length)
{
    private readonly HostMemory<float> _memory = new(length);

    public int Length => _memory.Length;

    public Span<float> Span => _memory.Span;

    internal HostMemory<float> Memory => _memory;
}

public enum CellKind
{
    TanhRnn,
    ReluRnn,
    Gru,
    Lstm,
}

[StructLayout(LayoutKind.Auto)]
public readonly record struct AdamStep(
    float Rate,
    float KeepFirst,
    float TakeFirst,
    float KeepSecond,
    float TakeSecond,
    float RootScale,
    float Epsilon,
    float Decay,
    float Shrink
);

public readonly record struct DropoutMask
{
    private readonly (ulong Seed, ulong Stream, double Probability) _mask;

    public DropoutMask(ulong seed, ulong stream, double probability)
    {
        if (!(probability is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(probability),
                probability,
                "The probability to drop an element must be 0 or more and below 1."
            );
        }
        _mask = (seed, stream, probability);
    }

    public void Apply(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y) =>
        KernelTier.Best.Dropout(team, _mask, x, y);
}

public readonly ref struct RecurrentSequence
{
    public required CellKind Cell { get; init; }
    public required int Steps { get; init; }
    public required int Batch { get; init; }
    public required int HiddenSize { get; init; }
    public bool Reversed { get; init; }
    public required Span<float> Gates { get; init; }
    public Span<float> InputGates { get; init; }
    public ReadOnlySpan<int> Tokens { get; init; }
    public ReadOnlySpan<float> TokenTable { get; init; }
    public ReadOnlySpan<float> RecurrentBias { get; init; }
    public required ReadOnlySpan<float> Weights { get; init; }
    public required ReadOnlySpan<float> InitialH { get; init; }
    public ReadOnlySpan<float> InitialC { get; init; }
    public required Span<float> H { get; init; }
    public Span<float> C { get; init; }
    public ReadOnlySpan<float> OutputGradient { get; init; }
    public Span<float> GradientH { get; init; }
    public Span<float> GradientC { get; init; }
}
