using BenchmarkDotNet.Attributes;
using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>Element-wise functions and updates over a minibatch's hidden states or a model's weights.</summary>
public class ElementBenchmarks
{
    private const int Length = 512 * 512;
    private readonly KernelTier _tier = Compute.Current.Tier;
    private readonly AlignedBuffer _x = Values.Random(Length);
    private readonly AlignedBuffer _y = Values.Random(Length);
    private readonly AlignedBuffer _z = new(Length);

    [Benchmark]
    public void Tanh() => _tier.Tanh(Compute.Current.Team, _x.Span, _z.Span);

    [Benchmark]
    public void Sigmoid() => _tier.Sigmoid(Compute.Current.Team, _x.Span, _z.Span);

    [Benchmark]
    public void TanhBackward() => _tier.TanhBackward(Compute.Current.Team, _x.Span, _y.Span, _z.Span);

    [Benchmark]
    public void Add() => _tier.Add(Compute.Current.Team, _x.Span, _y.Span, _z.Span);

    /// <summary>The update of stochastic gradient descent.</summary>
    [Benchmark]
    public void SgdUpdate() => _tier.AddScaled(Compute.Current.Team, _z.Span, -1e-6f, _y.Span);

    /// <summary>The part of clipping that reads every gradient.</summary>
    [Benchmark]
    public double SumOfSquares() => _tier.SumOfSquares(Compute.Current.Team, _x.Span);
}
