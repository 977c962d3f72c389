using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Z = X·Y, element by element.</summary>
internal readonly struct Multiply : IKernel
{
    public required Operand<float> X { get; init; } // (rows, columns)

    public required Operand<float> Y { get; init; } // (rows, columns), or one row (columns) that is repeated

    public required Operand<float> Z { get; init; } // (rows, columns); may be X, or Y where that is as long

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Elementwise.Run<V, Maths>(team, default, X, Y, Z);

    private readonly struct Maths : IBinaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x, V y)
            where V : unmanaged, IVector<V> => x * y;
    }
}
