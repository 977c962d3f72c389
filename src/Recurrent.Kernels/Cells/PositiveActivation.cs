using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// The activation g of the minimal cells, positive everywhere: g(a) = a + 0.5 for a ≥ 0, else σ(a)
/// (L. Feng, F. Tung, M. O. Ahmed, Y. Bengio, H. Hajimirsadeghi, "Were RNNs All We Needed?", 2024, appendix B).
/// </summary>
internal static class PositiveActivation<V>
    where V : unmanaged, IVector<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Forward(V a) => V.IfGreater(0f, a, VectorMath<V>.Sigmoid(a), a + 0.5f);

    /// <summary>The gradient dg passed back through g: dg where g ≥ 0.5, else dg·g·(1 − g).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Backward(V g, V dg) => V.IfGreater(0.5f, g, VectorMath<V>.SigmoidBackward(g, dg), dg);
}
