using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>x + y</summary>
internal readonly struct Add : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => x + y;
}

/// <summary>x − y</summary>
internal readonly struct Subtract : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => x - y;
}

/// <summary>x·y</summary>
internal readonly struct Multiply : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => x * y;
}

/// <summary>x + scale·y, rounded once</summary>
internal readonly struct AddScaled(float scale) : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => V.FusedMultiplyAdd(V.Broadcast(scale), y, x);
}

/// <summary>The gradient y passed back through x = tanh(·): y·(1 − x²)</summary>
internal readonly struct TanhDerivative : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => y * V.FusedMultiplyAdd(V.Broadcast(0f) - x, x, V.Broadcast(1f));
}

/// <summary>The gradient y passed back through x = sigmoid(·): y·x·(1 − x)</summary>
internal readonly struct SigmoidDerivative : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => y * (x * (V.Broadcast(1f) - x));
}

/// <summary>The gradient y passed back through x = ReLU(·): y where x is positive, else 0</summary>
internal readonly struct ReluDerivative : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V> => V.IfGreater(x, V.Broadcast(0f), y, V.Broadcast(0f));
}
