using BenchmarkDotNet.Attributes;
using Recurrent.Kernels.Sums;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>Softmax cross-entropy of a minibatch, forward and backward in one pass.</summary>
public class CrossEntropyBenchmarks
{
    private const int Rows = 32 * 35;
    private CrossEntropy _kernel;

    [Params(28, 256)]
    public int Classes { get; set; }

    [GlobalSetup]
    public void Allocate() =>
        _kernel = new()
        {
            Logits = Values.Random(Rows * Classes),
            Labels = Values.Indices(Rows, 1),
            Losses = Values.Room(Rows),
            Gradient = Values.Room(Rows * Classes),
            Scale = 1f / Rows,
        };

    [Benchmark]
    public void CrossEntropy() => AllProcessors.Run(_kernel);
}
