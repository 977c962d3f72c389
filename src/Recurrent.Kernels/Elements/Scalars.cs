using System.Runtime.CompilerServices;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = Value, in each element.</summary>
internal readonly record struct Fill<T>(Operand<T> Y, T Value) : IKernel
    where T : unmanaged
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Y.AsSpan().Fill(Value);

    public unsafe void Launch(GpuQueue gpu)
    {
        var function = Elementwise.Function(
            gpu,
            new(typeof(Fill<T>)),
            static (w, i) =>
            {
                var place = w.Pointer(sizeof(T)) + i;
                if (sizeof(T) == sizeof(double))
                {
                    place.Store(w.Double());
                }
                else
                {
                    place.Store(w.Int());
                }
            }
        );
        GpuArgument value =
            sizeof(T) == sizeof(double) ? Unsafe.BitCast<T, ulong>(Value) : Unsafe.BitCast<T, uint>(Value);
        gpu.Launch(function, Elementwise.Blocks(Y.Length), Y.Length, GpuArgument.Of(Y), value);
    }
}

/// <summary>Y = X[0]·Multiplier in each element, multiplied in double precision: the way back of a sum.</summary>
internal readonly unsafe record struct Spread(Operand<float> X, double Multiplier, Operand<float> Y) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Y.AsSpan().Fill((float)(*X.Pointer(1) * Multiplier));

    public void Launch(GpuQueue gpu)
    {
        X.Check(1);
        var function = Elementwise.Function(
            gpu,
            new(typeof(Spread)),
            static (w, i) =>
            {
                var (x, multiplier, y) = (w.Pointer(), w.Double(), w.Pointer());
                (y + i).Store((PtxDouble.From(x.Load()) * multiplier).ToFloat());
            }
        );
        gpu.Launch(function, Elementwise.Blocks(Y.Length), Y.Length, X, Multiplier, Y);
    }
}

/// <summary>Y = X·Factor[0], where the factor is on the device. Y may be X.</summary>
internal readonly unsafe record struct Scale(Operand<float> X, Operand<float> Factor, Operand<float> Y) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => new Unary<Affine>(X, Y, new(*Factor.Pointer(1))).Run<V>(team);

    public void Launch(GpuQueue gpu)
    {
        X.Check(Y.Length);
        Factor.Check(1);
        var function = Elementwise.Function(
            gpu,
            new(typeof(Scale)),
            static (w, i) =>
            {
                var (x, factor, y) = (w.Pointer(), w.Pointer(), w.Pointer());
                (y + i).Store(PtxVector.FusedMultiplyAdd((x + i).Load(), factor.Load(), 0f));
            }
        );
        gpu.Launch(function, Elementwise.Blocks(Y.Length), Y.Length, X, Factor, Y);
    }
}
