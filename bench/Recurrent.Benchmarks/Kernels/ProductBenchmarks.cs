using BenchmarkDotNet.Attributes;
using Recurrent.Kernels;
using Recurrent.Kernels.Threading;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>C = A·B at the shapes of training and generation, with B packed beforehand, and the packing itself.</summary>
public class ProductBenchmarks
{
    private readonly KernelTier _tier = KernelTier.Best;
    private WorkerTeam _team = new(1);
    private AlignedBuffer _a = new(0); // (m, k), or (k, m) where transposed
    private AlignedBuffer _b = new(0); // (k, n)
    private AlignedBuffer _packed = new(0);
    private AlignedBuffer _c = new(0); // (m, n)

    public static IEnumerable<int> ThreadCounts => new[] { 1, Environment.ProcessorCount }.Distinct();

    public static IEnumerable<ProductShape> Shapes =>
        [
            new("recurrent step", M: 32, N: 512, K: 512),
            new("recurrent step of an LSTM", M: 32, N: 2048, K: 512),
            new("output", M: 32 * 35, N: 28, K: 512),
            new("weight gradient", M: 512, N: 512, K: 32 * 35, Transposed: true),
            new("one character", M: 1, N: 512, K: 512),
            new("one character of an LSTM", M: 1, N: 2048, K: 512),
        ];

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    [ParamsSource(nameof(Shapes))]
    public ProductShape Shape { get; set; } = null!;

    [GlobalSetup]
    public void Allocate()
    {
        _team = new WorkerTeam(Threads);
        _a = Values.Random(Shape.M * Shape.K);
        _b = Values.Random(Shape.K * Shape.N);
        _packed = new AlignedBuffer(_tier.PackedLength(Shape.K, Shape.N));
        _c = new AlignedBuffer(Shape.M * Shape.N);
        Pack();
    }

    [Benchmark]
    public void Multiply() =>
        _tier.Multiply(
            _team,
            _a.Span,
            Shape.Transposed,
            _packed.Span,
            _c.Span,
            Shape.M,
            Shape.N,
            Shape.K,
            add: false
        );

    [Benchmark]
    public void Pack() => _tier.Pack(_team, _b.Span, Shape.K, Shape.N, transposed: false, _packed.Span);
}
