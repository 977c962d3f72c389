using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Recurrent.Kernels.Portable;

/// <summary>
/// Four vectors of float64 values side by side, because each operation waits for the one before it, with the operations
/// that exponentials and logarithms need.
/// </summary>
/// <remarks>
/// One type for the four: the compiler inlines only so much in a method, and four wrapped vectors are too much for it.
/// </remarks>
internal interface IFourVectors<TSelf> : IReal<TSelf>
    where TSelf : struct, IFourVectors<TSelf>
{
    static abstract int Width { get; }

    static abstract TSelf Load(ReadOnlySpan<double> source);

    static abstract void Store(TSelf value, Span<double> target);

    /// <summary>Stores the values as float32, to the nearest.</summary>
    static abstract void Store(TSelf value, Span<float> target);

    static abstract TSelf FusedMultiplyAdd(TSelf x, TSelf y, TSelf z);

    static abstract TSelf Floor(TSelf x);

    /// <summary>The values that the bits of x, plus a bias, are when they are shifted left.</summary>
    static abstract TSelf ShiftBits(TSelf x, long bias, int shift);

    /// <summary>
    /// The values' exponents as numbers, and what they are multiples of two to the power of these by, 1 or more and
    /// below 2. The values must be positive, normal numbers.
    /// </summary>
    static abstract (TSelf Mantissa, TSelf Exponent) Split(TSelf x);

    /// <summary>The value, or NaN where x is.</summary>
    static abstract TSelf KeepNaN(TSelf x, TSelf value);
}

/// <summary>The parts of a float64.</summary>
internal static class DoubleBits
{
    public const int ExponentBias = 1023;
    public const int MantissaBits = 52;
    public const long MantissaMask = (1L << MantissaBits) - 1;

    /// <summary>The bits of 1, whose exponent is 0.</summary>
    public const long OfOne = (long)ExponentBias << MantissaBits;

    /// <summary>2⁵², to which an integer is added by its lowest bits.</summary>
    public const double Shift = 1L << MantissaBits;

    /// <summary>The bits of 2⁵².</summary>
    public const long OfShift = (long)(ExponentBias + MantissaBits) << MantissaBits;
}

/// <summary>Of the vector that .NET takes for this processor: 128 or 256 bits.</summary>
internal readonly struct FourVectors(Vector<double> a, Vector<double> b, Vector<double> c, Vector<double> d)
    : IFourVectors<FourVectors>
{
    private readonly Vector<double> _a = a;
    private readonly Vector<double> _b = b;
    private readonly Vector<double> _c = c;
    private readonly Vector<double> _d = d;

    public static int Width => 4 * Vector<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator FourVectors(double value)
    {
        var all = new Vector<double>(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors Load(ReadOnlySpan<double> source) =>
        new(
            new(source),
            new(source[Vector<double>.Count..]),
            new(source[(2 * Vector<double>.Count)..]),
            new(source[(3 * Vector<double>.Count)..])
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(FourVectors value, Span<double> target)
    {
        value._a.CopyTo(target);
        value._b.CopyTo(target[Vector<double>.Count..]);
        value._c.CopyTo(target[(2 * Vector<double>.Count)..]);
        value._d.CopyTo(target[(3 * Vector<double>.Count)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(FourVectors value, Span<float> target)
    {
        Vector.Narrow(value._a, value._b).CopyTo(target);
        Vector.Narrow(value._c, value._d).CopyTo(target[Vector<float>.Count..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors operator +(FourVectors x, FourVectors y) =>
        new(x._a + y._a, x._b + y._b, x._c + y._c, x._d + y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors operator -(FourVectors x, FourVectors y) =>
        new(x._a - y._a, x._b - y._b, x._c - y._c, x._d - y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors operator *(FourVectors x, FourVectors y) =>
        new(x._a * y._a, x._b * y._b, x._c * y._c, x._d * y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors operator /(FourVectors x, FourVectors y) =>
        new(x._a / y._a, x._b / y._b, x._c / y._c, x._d / y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors FusedMultiplyAdd(FourVectors x, FourVectors y, FourVectors z) =>
        new(
            Vector.FusedMultiplyAdd(x._a, y._a, z._a),
            Vector.FusedMultiplyAdd(x._b, y._b, z._b),
            Vector.FusedMultiplyAdd(x._c, y._c, z._c),
            Vector.FusedMultiplyAdd(x._d, y._d, z._d)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors Floor(FourVectors x) =>
        new(Vector.Floor(x._a), Vector.Floor(x._b), Vector.Floor(x._c), Vector.Floor(x._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors ShiftBits(FourVectors x, long bias, int shift)
    {
        var added = new Vector<long>(bias);
        return new(
            Vector.AsVectorDouble((Vector.AsVectorInt64(x._a) + added) << shift),
            Vector.AsVectorDouble((Vector.AsVectorInt64(x._b) + added) << shift),
            Vector.AsVectorDouble((Vector.AsVectorInt64(x._c) + added) << shift),
            Vector.AsVectorDouble((Vector.AsVectorInt64(x._d) + added) << shift)
        );
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors IfGreater(FourVectors left, FourVectors right, FourVectors then, FourVectors otherwise) =>
        new(
            Vector.ConditionalSelect(Vector.GreaterThan(left._a, right._a), then._a, otherwise._a),
            Vector.ConditionalSelect(Vector.GreaterThan(left._b, right._b), then._b, otherwise._b),
            Vector.ConditionalSelect(Vector.GreaterThan(left._c, right._c), then._c, otherwise._c),
            Vector.ConditionalSelect(Vector.GreaterThan(left._d, right._d), then._d, otherwise._d)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (FourVectors Mantissa, FourVectors Exponent) Split(FourVectors x) =>
        (
            new(Mantissa(x._a), Mantissa(x._b), Mantissa(x._c), Mantissa(x._d)),
            new(Exponent(x._a), Exponent(x._b), Exponent(x._c), Exponent(x._d))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors KeepNaN(FourVectors x, FourVectors value) =>
        new(
            Vector.ConditionalSelect(Vector.Equals(x._a, x._a), value._a, x._a),
            Vector.ConditionalSelect(Vector.Equals(x._b, x._b), value._b, x._b),
            Vector.ConditionalSelect(Vector.Equals(x._c, x._c), value._c, x._c),
            Vector.ConditionalSelect(Vector.Equals(x._d, x._d), value._d, x._d)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Mantissa(Vector<double> x) =>
        Vector.AsVectorDouble(
            (Vector.AsVectorInt64(x) & new Vector<long>(DoubleBits.MantissaMask)) | new Vector<long>(DoubleBits.OfOne)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Exponent(Vector<double> x) =>
        Vector.AsVectorDouble(
            (Vector.AsVectorInt64(x) >>> DoubleBits.MantissaBits) | new Vector<long>(DoubleBits.OfShift)
        ) - new Vector<double>(DoubleBits.Shift + DoubleBits.ExponentBias);
}

/// <summary>Of 512 bits, where .NET's own choice is half of that.</summary>
internal readonly struct FourVectors512(
    Vector512<double> a,
    Vector512<double> b,
    Vector512<double> c,
    Vector512<double> d
) : IFourVectors<FourVectors512>
{
    private readonly Vector512<double> _a = a;
    private readonly Vector512<double> _b = b;
    private readonly Vector512<double> _c = c;
    private readonly Vector512<double> _d = d;

    public static int Width => 4 * Vector512<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator FourVectors512(double value)
    {
        var all = Vector512.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 Load(ReadOnlySpan<double> source) =>
        new(
            Vector512.Create(source),
            Vector512.Create(source[Vector512<double>.Count..]),
            Vector512.Create(source[(2 * Vector512<double>.Count)..]),
            Vector512.Create(source[(3 * Vector512<double>.Count)..])
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(FourVectors512 value, Span<double> target)
    {
        value._a.CopyTo(target);
        value._b.CopyTo(target[Vector512<double>.Count..]);
        value._c.CopyTo(target[(2 * Vector512<double>.Count)..]);
        value._d.CopyTo(target[(3 * Vector512<double>.Count)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(FourVectors512 value, Span<float> target)
    {
        Vector512.Narrow(value._a, value._b).CopyTo(target);
        Vector512.Narrow(value._c, value._d).CopyTo(target[Vector512<float>.Count..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 operator +(FourVectors512 x, FourVectors512 y) =>
        new(x._a + y._a, x._b + y._b, x._c + y._c, x._d + y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 operator -(FourVectors512 x, FourVectors512 y) =>
        new(x._a - y._a, x._b - y._b, x._c - y._c, x._d - y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 operator *(FourVectors512 x, FourVectors512 y) =>
        new(x._a * y._a, x._b * y._b, x._c * y._c, x._d * y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 operator /(FourVectors512 x, FourVectors512 y) =>
        new(x._a / y._a, x._b / y._b, x._c / y._c, x._d / y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 FusedMultiplyAdd(FourVectors512 x, FourVectors512 y, FourVectors512 z) =>
        new(
            Vector512.FusedMultiplyAdd(x._a, y._a, z._a),
            Vector512.FusedMultiplyAdd(x._b, y._b, z._b),
            Vector512.FusedMultiplyAdd(x._c, y._c, z._c),
            Vector512.FusedMultiplyAdd(x._d, y._d, z._d)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 Floor(FourVectors512 x) =>
        new(Vector512.Floor(x._a), Vector512.Floor(x._b), Vector512.Floor(x._c), Vector512.Floor(x._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 ShiftBits(FourVectors512 x, long bias, int shift)
    {
        var added = Vector512.Create(bias);
        return new(
            ((x._a.AsInt64() + added) << shift).AsDouble(),
            ((x._b.AsInt64() + added) << shift).AsDouble(),
            ((x._c.AsInt64() + added) << shift).AsDouble(),
            ((x._d.AsInt64() + added) << shift).AsDouble()
        );
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 IfGreater(
        FourVectors512 left,
        FourVectors512 right,
        FourVectors512 then,
        FourVectors512 otherwise
    ) =>
        new(
            Vector512.ConditionalSelect(Vector512.GreaterThan(left._a, right._a), then._a, otherwise._a),
            Vector512.ConditionalSelect(Vector512.GreaterThan(left._b, right._b), then._b, otherwise._b),
            Vector512.ConditionalSelect(Vector512.GreaterThan(left._c, right._c), then._c, otherwise._c),
            Vector512.ConditionalSelect(Vector512.GreaterThan(left._d, right._d), then._d, otherwise._d)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (FourVectors512 Mantissa, FourVectors512 Exponent) Split(FourVectors512 x) =>
        (
            new(Mantissa(x._a), Mantissa(x._b), Mantissa(x._c), Mantissa(x._d)),
            new(Exponent(x._a), Exponent(x._b), Exponent(x._c), Exponent(x._d))
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors512 KeepNaN(FourVectors512 x, FourVectors512 value) =>
        new(
            Vector512.ConditionalSelect(Vector512.Equals(x._a, x._a), value._a, x._a),
            Vector512.ConditionalSelect(Vector512.Equals(x._b, x._b), value._b, x._b),
            Vector512.ConditionalSelect(Vector512.Equals(x._c, x._c), value._c, x._c),
            Vector512.ConditionalSelect(Vector512.Equals(x._d, x._d), value._d, x._d)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Mantissa(Vector512<double> x) =>
        ((x.AsInt64() & Vector512.Create(DoubleBits.MantissaMask)) | Vector512.Create(DoubleBits.OfOne)).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Exponent(Vector512<double> x) =>
        ((x.AsInt64() >>> DoubleBits.MantissaBits) | Vector512.Create(DoubleBits.OfShift)).AsDouble()
        - Vector512.Create(DoubleBits.Shift + DoubleBits.ExponentBias);
}
