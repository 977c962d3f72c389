using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Portable;

/// <summary>
/// A float64 on a processor (<see cref="Real"/>), many of them (<see cref="IFourVectors{TSelf}"/>), or one in a program
/// for a graphics card: what functions of <see cref="PortableMath"/> that several of these need are written for.
/// </summary>
internal interface IReal<TSelf>
    where TSelf : struct, IReal<TSelf>
{
    static abstract implicit operator TSelf(double value);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>left &gt; right ? then : otherwise. False where either is NaN.</summary>
    static abstract TSelf IfGreater(TSelf left, TSelf right, TSelf then, TSelf otherwise);
}

/// <summary>A float64.</summary>
/// <param name="Value">The value.</param>
internal readonly record struct Real(double Value) : IReal<Real>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Real(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real operator +(Real left, Real right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real operator -(Real left, Real right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real operator *(Real left, Real right) => new(left.Value * right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real operator /(Real left, Real right) => new(left.Value / right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real IfGreater(Real left, Real right, Real then, Real otherwise) =>
        left.Value > right.Value ? then : otherwise;
}
