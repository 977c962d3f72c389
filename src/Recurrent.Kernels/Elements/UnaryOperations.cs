using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>tanh x</summary>
internal readonly struct Tanh : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => VectorMath<V>.Tanh(x);
}

/// <summary>1 / (1 + e⁻ˣ)</summary>
internal readonly struct Sigmoid : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => VectorMath<V>.Sigmoid(x);
}

/// <summary>max(x, 0); NaN stays NaN</summary>
internal readonly struct Relu : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => V.IfGreater(V.Broadcast(0f), x, V.Broadcast(0f), x);
}

/// <summary>x·scale + shift, rounded once</summary>
internal readonly struct Affine(float scale, float shift) : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => V.FusedMultiplyAdd(x, V.Broadcast(scale), V.Broadcast(shift));
}
