using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = tanh(X), within a few units in the last place. Y may be X.</summary>
internal readonly struct Tanh : IKernel
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
            where V : unmanaged, IVector<V> => VectorMath<V>.Tanh(x);
    }
}

/// <summary>DX = DY·(1 − Y²), where Y = tanh(X). DX may be DY.</summary>
internal readonly struct TanhBackward : IKernel
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
            where V : unmanaged, IVector<V> => VectorMath<V>.TanhBackward(x, y);
    }
}
