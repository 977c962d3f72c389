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
    public void Tanh() => AllProcessors.Run(new Tanh { X = _x, Y = _z });

    [Benchmark]
    public void Sigmoid() => AllProcessors.Run(new Sigmoid { X = _x, Y = _z });

    [Benchmark]
    public void TanhBackward() =>
        AllProcessors.Run(
            new TanhBackward
            {
                Y = _x,
                DY = _y,
                DX = _z,
            }
        );

    [Benchmark]
    public void Add() =>
        AllProcessors.Run(
            new Add
            {
                X = _x,
                Y = _y,
                Z = _z,
            }
        );

    /// <summary>The update of stochastic gradient descent.</summary>
    [Benchmark]
    public void SgdUpdate() =>
        AllProcessors.Run(
            new AddScaled
            {
                X = _z,
                Scale = -1e-6f,
                Y = _y,
            }
        );

    /// <summary>The part of clipping that reads every gradient.</summary>
    [Benchmark]
    public void SumOfSquares() => AllProcessors.Run(new SumOfSquares { X = _x, Total = _total });
}
