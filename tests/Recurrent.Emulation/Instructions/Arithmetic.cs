using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Recurrent.Emulation.Instructions;

/// <summary>NaN as NVIDIA's cards make it.</summary>
internal static class Nan
{
    /// <summary>The NaN of every float32 result.</summary>
    public const uint Single = 0x7FFFFFFF;

    /// <summary>The NaN of float64 results.</summary>
    public const ulong Double = 0x7FF8000000000000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Canonical<T>(Vector512<T> value)
    {
        if (typeof(T) == typeof(float))
        {
            var f = value.As<T, float>();
            return Vector512
                .ConditionalSelect(Vector512.Equals(f, f), f, Vector512.Create(Single).AsSingle())
                .As<float, T>();
        }
        if (typeof(T) == typeof(double))
        {
            var f = value.As<T, double>();
            return Vector512
                .ConditionalSelect(Vector512.Equals(f, f), f, Vector512.Create(Double).AsDouble())
                .As<double, T>();
        }
        return value;
    }

    public static T Canonical<T>(T value)
        where T : INumberBase<T> => T.IsNaN(value) ? Canonical(Vector512.Create(value)).ToScalar() : value;
}

internal readonly struct Move<T> : IUnary<T>
{
    public static Vector512<T> Of(Vector512<T> a) => a;
}

internal readonly struct Add<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Nan.Canonical(a + b);
}

internal readonly struct Subtract<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Nan.Canonical(a - b);
}

internal readonly struct Multiply<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Nan.Canonical(a * b);
}

internal readonly struct Divide<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Nan.Canonical(a / b);
}

internal readonly struct MultiplyAdd<T> : ITernary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b, Vector512<T> c) => (a * b) + c;
}

internal readonly struct Fused<T> : ITernary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b, Vector512<T> c) =>
        Nan.Canonical(
            typeof(T) == typeof(float)
                ? Vector512.FusedMultiplyAdd(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>()
                : Vector512.FusedMultiplyAdd(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>()
        );
}

internal readonly struct Reciprocal<T> : IUnary<T>
    where T : INumber<T>
{
    public static Vector512<T> Of(Vector512<T> a) => Nan.Canonical(Vector512<T>.One / a);
}

internal readonly struct SquareRoot<T> : IUnary<T>
{
    public static Vector512<T> Of(Vector512<T> a) => Nan.Canonical(Vector512.Sqrt(a));
}

internal readonly struct Negate<T> : IUnary<T>
{
    public static Vector512<T> Of(Vector512<T> a) => Nan.Canonical(-a);
}

internal readonly struct Absolute<T> : IUnary<T>
{
    public static Vector512<T> Of(Vector512<T> a) => Nan.Canonical(Vector512.Abs(a));
}

/// <summary>The lesser; of floats the one that is a number, and -0 is less than 0.</summary>
internal readonly struct Least<T> : IBinary<T>
    where T : INumber<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Nan.Canonical(Vector512.MinNumber(a, b));
}

/// <summary>The greater; of floats the one that is a number, and 0 is greater than -0.</summary>
internal readonly struct Greatest<T> : IBinary<T>
    where T : INumber<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Nan.Canonical(Vector512.MaxNumber(a, b));
}

/// <summary>The lesser, or NaN if either is.</summary>
internal readonly struct LeastOrNan<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Nan.Canonical(Vector512.Min(a, b));
}

/// <summary>The greater, or NaN if either is.</summary>
internal readonly struct GreatestOrNan<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Nan.Canonical(Vector512.Max(a, b));
}

internal readonly struct CopySign<T> : IBinary<T>
{
    /// <summary>b with the sign of a.</summary>
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b)
    {
        var sign =
            typeof(T) == typeof(float)
                ? Vector512.Create(0x80000000u).As<uint, T>()
                : Vector512.Create(0x8000000000000000ul).As<ulong, T>();
        return Vector512.ConditionalSelect(sign, a, b);
    }
}

internal readonly struct And<T> : IBinary<T>, IMap<uint, uint, uint>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a & b;

    public static uint Of(uint a, uint b) => a & b;
}

internal readonly struct Or<T> : IBinary<T>, IMap<uint, uint, uint>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a | b;

    public static uint Of(uint a, uint b) => a | b;
}

internal readonly struct Xor<T> : IBinary<T>, IMap<uint, uint, uint>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a ^ b;

    public static uint Of(uint a, uint b) => a ^ b;
}

internal readonly struct Not<T> : IUnary<T>, IMap<uint, uint, uint>
{
    public static Vector512<T> Of(Vector512<T> a) => ~a;

    public static uint Of(uint a, uint b) => ~a;
}

internal readonly struct Sum : IMap<uint, uint, uint>
{
    public static uint Of(uint a, uint b) => a + b;
}

internal readonly struct Second : IMap<uint, uint, uint>
{
    public static uint Of(uint a, uint b) => b;
}

internal readonly struct First : IMap<uint, uint, uint>
{
    public static uint Of(uint a, uint b) => a;
}

internal readonly struct Equal<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.Equals(a, b);
}

/// <summary>Unequal, and no operand is NaN.</summary>
internal readonly struct Unequal<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) =>
        ~Vector512.Equals(a, b) & Vector512.Equals(a, a) & Vector512.Equals(b, b);
}

internal readonly struct Less<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.LessThan(a, b);
}

internal readonly struct LessOrEqual<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.LessThanOrEqual(a, b);
}

internal readonly struct Greater<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.GreaterThan(a, b);
}

internal readonly struct GreaterOrEqual<T> : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.GreaterThanOrEqual(a, b);
}

/// <summary>The negation of a comparison: true where an operand is NaN.</summary>
internal readonly struct NotOf<TOp, T> : IBinary<T>
    where TOp : IBinary<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => ~TOp.Of(a, b);
}

internal readonly struct ShiftLeft<T> : IMap<T, uint, T>
    where T : IBinaryInteger<T>
{
    public static T Of(T a, uint b) => b >= (uint)Unsafe.SizeOf<T>() * 8 ? T.Zero : a << (int)b;
}

/// <summary>To the right; by more than there are bits, the sign or 0 is left.</summary>
internal readonly struct ShiftRight<T> : IMap<T, uint, T>
    where T : IBinaryInteger<T>
{
    public static T Of(T a, uint b)
    {
        var bits = (uint)Unsafe.SizeOf<T>() * 8;
        return b < bits ? a >> (int)b
            : T.IsNegative(a) ? -T.One
            : T.Zero;
    }
}

internal readonly struct MultiplyHigh<TNarrow, TWide> : IMap<TNarrow, TNarrow, TNarrow>
    where TNarrow : IBinaryInteger<TNarrow>
    where TWide : IBinaryInteger<TWide>
{
    public static TNarrow Of(TNarrow a, TNarrow b) =>
        TNarrow.CreateTruncating((TWide.CreateTruncating(a) * TWide.CreateTruncating(b)) >> 32);
}

internal readonly struct MultiplyWide<TNarrow, TWide>
    : IMap<TNarrow, TNarrow, TWide>,
        IMap<TNarrow, TNarrow, TWide, TWide>
    where TNarrow : IBinaryInteger<TNarrow>
    where TWide : IBinaryInteger<TWide>
{
    public static TWide Of(TNarrow a, TNarrow b) => TWide.CreateTruncating(a) * TWide.CreateTruncating(b);

    public static TWide Of(TNarrow a, TNarrow b, TWide c) => Of(a, b) + c;
}

/// <summary>The quotient. What a card makes of a division by 0 is not defined; here it is all ones.</summary>
internal readonly struct Quotient<T> : IMap<T, T, T>
    where T : IBinaryInteger<T>
{
    public static T Of(T a, T b) =>
        T.IsZero(b) ? ~T.Zero
        : T.IsNegative(b) && b == -T.One ? unchecked(T.Zero - a)
        : a / b;
}

/// <summary>The remainder. What a card makes of a division by 0 is not defined; here it is all ones.</summary>
internal readonly struct Remainder<T> : IMap<T, T, T>
    where T : IBinaryInteger<T>
{
    public static T Of(T a, T b) =>
        T.IsZero(b) ? ~T.Zero
        : T.IsNegative(b) && b == -T.One ? T.Zero
        : a % b;
}

/// <summary>Between integers: the low bits, or the sign carried on.</summary>
internal readonly struct Truncate<TIn, TOut> : IMap<TIn, TOut>
    where TIn : IBinaryInteger<TIn>
    where TOut : IBinaryInteger<TOut>
{
    public static TOut Of(TIn a) => TOut.CreateTruncating(a);
}

/// <summary>From an integer, to the nearest.</summary>
internal readonly struct ToFloat<TIn, TOut> : IMap<TIn, TOut>
    where TIn : IBinaryInteger<TIn>
    where TOut : IFloatingPoint<TOut>
{
    public static TOut Of(TIn a) => TOut.CreateTruncating(a);
}

internal readonly struct Widen : IMap<float, double>
{
    public static double Of(float a) => Nan.Canonical((double)a);
}

internal readonly struct Narrow : IMap<double, float>
{
    public static float Of(double a) => Nan.Canonical((float)a);
}

/// <summary>How a float is rounded to a whole number.</summary>
internal interface IRounding
{
    static abstract MidpointRounding Mode { get; }
}

internal readonly struct Nearest : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToEven;
}

internal readonly struct TowardZero : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToZero;
}

internal readonly struct Down : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToNegativeInfinity;
}

internal readonly struct Up : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToPositiveInfinity;
}

/// <summary>A whole number of the same type.</summary>
internal readonly struct Whole<TRounding, T> : IMap<T, T>
    where TRounding : IRounding
    where T : IFloatingPoint<T>
{
    public static T Of(T a) => Nan.Canonical(T.Round(a, TRounding.Mode));
}

/// <summary>
/// An integer, the nearest one that there is; of NaN, 0, or where 64 bits are involved the highest bit.
/// </summary>
internal readonly struct ToInteger<TRounding, TIn, TOut> : IMap<TIn, TOut>
    where TRounding : IRounding
    where TIn : IFloatingPoint<TIn>
    where TOut : IBinaryInteger<TOut>, IMinMaxValue<TOut>
{
    public static TOut Of(TIn a)
    {
        if (TIn.IsNaN(a))
        {
            return typeof(TIn) == typeof(float) && Unsafe.SizeOf<TOut>() == 4
                ? TOut.Zero
                : TOut.One << ((Unsafe.SizeOf<TOut>() * 8) - 1);
        }
        return TOut.CreateSaturating(TIn.Round(a, TRounding.Mode));
    }
}

/// <summary>To the precision of tensor cores, ties away from 0.</summary>
internal readonly struct ToTensorFloat : IMap<float, uint>
{
    public static uint Of(float a) =>
        float.IsNaN(a) ? Nan.Single : (BitConverter.SingleToUInt32Bits(a) + 0x1000) & 0xFFFFE000;
}
