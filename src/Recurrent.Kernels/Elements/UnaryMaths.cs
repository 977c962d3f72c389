using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>max(x, 0); NaN stays NaN.</summary>
internal readonly struct Relu : IUnaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => VectorMath<V>.Relu(x);
}

/// <summary>1 / (1 + e⁻ˣ), within a few units in the last place.</summary>
internal readonly struct Sigmoid : IUnaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => VectorMath<V>.Sigmoid(x);
}

/// <summary>tanh x, within a few units in the last place.</summary>
internal readonly struct Tanh : IUnaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => VectorMath<V>.Tanh(x);
}

/// <summary>√x, rounded once.</summary>
internal readonly struct SquareRoot : IUnaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => V.Sqrt(x);
}

/// <summary>x·scale + shift, rounded once.</summary>
internal readonly struct Affine(float scale, float shift = 0f) : IUnaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V> => V.FusedMultiplyAdd(x, scale, shift);
}

/// <summary>x between −bound and bound; NaN stays NaN.</summary>
internal readonly struct Clamp(float bound) : IUnaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V>
    {
        x = V.IfGreater(x, bound, bound, x);
        return V.IfGreater(-bound, x, -bound, x);
    }
}
