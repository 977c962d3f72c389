using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = 1 / (1 + e⁻ˣ), within a few units in the last place. Y may be X.</summary>
internal readonly struct Sigmoid : IKernel
{
    public required Operand<float> X { get; init; } // any shape

    public required Operand<float> Y { get; init; } // the same

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Elementwise.Run<V, Maths>(team, default, X, Y);

    private readonly struct Maths : IUnaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x)
            where V : unmanaged, IVector<V> => VectorMath<V>.Sigmoid(x);
    }
}

/// <summary>DX = DY·Y·(1 − Y), where Y = sigmoid(X). DX may be DY.</summary>
internal readonly struct SigmoidBackward : IKernel
{
    public required Operand<float> Y { get; init; } // any shape

    public required Operand<float> DY { get; init; } // the same

    public required Operand<float> DX { get; init; } // the same

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Elementwise.Run<V, Maths>(team, default, Y, DY, DX);

    private readonly struct Maths : IBinaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x, V y)
            where V : unmanaged, IVector<V> => VectorMath<V>.SigmoidBackward(x, y);
    }
}
