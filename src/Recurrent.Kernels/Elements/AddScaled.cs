using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>X = X + Scale·Y, rounded once.</summary>
internal readonly struct AddScaled : IKernel
{
    public required Operand<float> X { get; init; } // (rows, columns)

    public required float Scale { get; init; }

    public required Operand<float> Y { get; init; } // (rows, columns), or one row (columns) that is repeated

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Elementwise.Run<V, Maths>(team, new Maths(Scale), X, Y, X);

    private readonly struct Maths(float scale) : IBinaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x, V y)
            where V : unmanaged, IVector<V> => V.FusedMultiplyAdd(scale, y, x);
    }
}
