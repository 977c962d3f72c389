using BenchmarkDotNet.Attributes;
using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Sums;

namespace Recurrent.Benchmarks.Kernels;

/// <summary>Element-wise functions and updates over a minibatch's hidden states or a model's weights.</summary>
public class ElementBenchmarks
{
    private const int Length = 512 * 512;
    private readonly Operand<float> _x = Values.Random(Length);
    private readonly Operand<float> _y = Values.Random(Length);
    private readonly Operand<float> _z = Values.Room(Length);
    private readonly Operand<double> _total = new(new HostMemory<double>(1));

    [Benchmark]
    public void Tanh() => AllProcessors.Run(new Unary<Tanh>(_x, _z));

    [Benchmark]
    public void Sigmoid() => AllProcessors.Run(new Unary<Sigmoid>(_x, _z));

    [Benchmark]
    public void TanhBackward() => AllProcessors.Run(new Binary<TanhBackward>(_x, _y, _z));

    [Benchmark]
    public void Add() => AllProcessors.Run(new Binary<Add>(_x, _y, _z));

    /// <summary>The update of stochastic gradient descent.</summary>
    [Benchmark]
    public void SgdUpdate() => AllProcessors.Run(new Binary<AddScaled>(_z, _y, _z, new(-1e-6f)));

    /// <summary>The part of clipping that reads every gradient.</summary>
    [Benchmark]
    public void SumOfSquares() => AllProcessors.Run(new SumOfSquares(_x, _total));
}
