using BenchmarkDotNet.Attributes;
using Recurrent.Kernels;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Threading;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>
/// C = A·B at the shapes of training and generation, with B packed beforehand, and the packing itself.
/// </summary>
public class ProductBenchmarks
{
    private WorkerTeam _team = new(1);
    private MatrixProduct _product;
    private Pack _pack;

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
        _pack = new()
        {
            B = Values.Random(Shape.K * Shape.N),
            Rows = Shape.K,
            Columns = Shape.N,
            Packed = Values.Room(Recurrent.Kernels.Products.Pack.Length(Shape.K, Shape.N)),
        };
        _product = new()
        {
            A = Values.Random(Shape.M * Shape.K),
            TransposedA = Shape.Transposed,
            B = _pack.Packed,
            C = Values.Room(Shape.M * Shape.N),
            Rows = Shape.M,
            Columns = Shape.N,
            Depth = Shape.K,
        };
        Pack();
    }

    [Benchmark]
    public void Multiply() => VectorTier.Best.Run(_product, _team);

    [Benchmark]
    public void Pack() => VectorTier.Best.Run(_pack, _team);
}
