using BenchmarkDotNet.Attributes;
using Recurrent.Kernels.Portable;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>The exponentials of a sampler's choice, which have the same bits together and one by one.</summary>
public class ExponentialBenchmarks
{
    private const double Temperature = 0.8;
    private double[] _logits = [];
    private double[] _weights = [];

    [Params(97, 1024)]
    public int Vocabulary { get; set; }

    [GlobalSetup]
    public void Allocate()
    {
        _logits = [.. Values.Random(Vocabulary, 8).AsSpan().ToArray().Select(logit => (double)logit)];
        _weights = new double[Vocabulary];
    }

    [Benchmark]
    public void Together() => DoubleExp.OfScaledDifferences(_logits, 8, Temperature, _weights);

    [Benchmark(Baseline = true)]
    public void OneByOne()
    {
        for (var i = 0; i < _logits.Length; i++)
        {
            _weights[i] = PortableMath.Exp((_logits[i] - 8) / Temperature);
        }
    }
}
