using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = max(X, 0); NaN stays NaN. Y may be X.</summary>
internal readonly struct Relu : IKernel
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
            where V : unmanaged, IVector<V> => VectorMath<V>.Relu(x);
    }
}

/// <summary>DX = DY where Y = max(X, 0) is positive, else 0. DX may be DY.</summary>
internal readonly struct ReluBackward : IKernel
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
            where V : unmanaged, IVector<V> => VectorMath<V>.ReluBackward(x, y);
    }
}
