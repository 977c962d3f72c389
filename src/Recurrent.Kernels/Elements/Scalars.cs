using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = Value, in each element.</summary>
internal readonly record struct Fill<T>(Operand<T> Y, T Value) : IKernel
    where T : unmanaged
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Y.AsSpan().Fill(Value);
}

/// <summary>Y = X[0]·Multiplier in each element, multiplied in double precision: the way back of a sum.</summary>
internal readonly unsafe record struct Spread(Operand<float> X, double Multiplier, Operand<float> Y) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Y.AsSpan().Fill((float)(*X.Pointer(1) * Multiplier));
}

/// <summary>Y = X·Factor[0], where the factor is on the device. Y may be X.</summary>
internal readonly unsafe record struct Scale(Operand<float> X, Operand<float> Factor, Operand<float> Y) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => new Unary<Affine>(X, Y, new(*Factor.Pointer(1))).Run<V>(team);
}
