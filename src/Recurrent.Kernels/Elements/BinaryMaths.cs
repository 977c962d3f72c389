using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>x + y.</summary>
internal readonly struct Add : IBinaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => x + y;
}

/// <summary>x − y.</summary>
internal readonly struct Subtract : IBinaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => x - y;
}

/// <summary>x·y.</summary>
internal readonly struct Multiply : IBinaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => x * y;
}

/// <summary>x / y.</summary>
internal readonly struct Divide : IBinaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => x / y;
}

/// <summary>x + scale·y, rounded once.</summary>
internal readonly struct AddScaled(float scale) : IBinaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => V.FusedMultiplyAdd(scale, y, x);
}

/// <summary>dx of y = max(x, 0) and dy: dy where y is positive, else 0.</summary>
internal readonly struct ReluBackward : IBinaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V y, V dy)
        where V : unmanaged, IVector<V> => VectorMath<V>.ReluBackward(y, dy);
}

/// <summary>dx of y = sigmoid(x) and dy: dy·y·(1 − y).</summary>
internal readonly struct SigmoidBackward : IBinaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V y, V dy)
        where V : unmanaged, IVector<V> => VectorMath<V>.SigmoidBackward(y, dy);
}

/// <summary>dx of y = tanh(x) and dy: dy·(1 − y²).</summary>
internal readonly struct TanhBackward : IBinaryMaths
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V y, V dy)
        where V : unmanaged, IVector<V> => VectorMath<V>.TanhBackward(y, dy);
}
