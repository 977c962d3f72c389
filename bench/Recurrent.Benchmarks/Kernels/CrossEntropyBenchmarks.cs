using BenchmarkDotNet.Attributes;
using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>Softmax cross-entropy of a minibatch, forward and backward in one pass.</summary>
public class CrossEntropyBenchmarks
{
    private const int Rows = 32 * 35;
    private AlignedBuffer _logits = new(0); // (rows, classes)
    private AlignedBuffer _gradient = new(0); // (rows, classes)
    private readonly AlignedBuffer _losses = new(Rows); // (rows)
    private readonly int[] _labels = new int[Rows]; // (rows)

    [Params(28, 256)]
    public int Classes { get; set; }

    [GlobalSetup]
    public void Allocate()
    {
        _logits = Values.Random(Rows * Classes);
        _gradient = new AlignedBuffer(Rows * Classes);
    }

    [Benchmark]
    public void CrossEntropy() =>
        Compute.Current.Tier.CrossEntropy(
            Compute.Current.Team,
            _logits.Span,
            _labels,
            scale: 1f / Rows,
            _losses.Span,
            _gradient.Span
        );
}
