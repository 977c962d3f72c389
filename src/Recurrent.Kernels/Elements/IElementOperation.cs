using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>The mathematics of one element from one operand, for a vector of any width.</summary>
internal interface IUnaryOperation
{
    V Apply<V>(V x)
        where V : unmanaged, IVector<V>;
}

/// <summary>The mathematics of one element from two operands, for a vector of any width.</summary>
internal interface IBinaryOperation
{
    V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V>;
}
