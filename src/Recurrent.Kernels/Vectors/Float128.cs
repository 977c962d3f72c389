using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Recurrent.Kernels.Vectors;

/// <summary>4 float32 values in 128 bits.</summary>
internal readonly unsafe struct Float128(Vector128<float> value) : IVector<Float128>
{
    private readonly Vector128<float> _value = value;

    public static string Name => "128";
    public static int Width => 4;
    public static bool IsAccelerated => Vector128.IsHardwareAccelerated;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float128 value, float* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Float128(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator +(Float128 left, Float128 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator -(Float128 left, Float128 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator -(Float128 value) => new(Vector128<float>.Zero - value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator *(Float128 left, Float128 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator /(Float128 left, Float128 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 FusedMultiplyAdd(Float128 a, Float128 b, Float128 c) =>
        Fma.IsSupported || AdvSimd.IsSupported
            ? new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value))
            : FusedInSoftware(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 FusedMultiplyAdd(Float128 a, float* b, Float128 c) => FusedMultiplyAdd(a, Load(b), c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Sqrt(Float128 value) => new(Vector128.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Abs(Float128 value) => new(Vector128.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 CopySign(Float128 value, Float128 sign) =>
        new(Vector128.ConditionalSelect(Vector128.Create(-0f), sign._value, value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 IfGreater(Float128 left, Float128 right, Float128 then, Float128 otherwise) =>
        new(
            Vector128.ConditionalSelect(Vector128.GreaterThan(left._value, right._value), then._value, otherwise._value)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 ScaleByPowerOfTwo(Float128 value, Float128 biased) =>
        new((value._value.AsInt32() + (biased._value.AsInt32() << 23)).AsSingle());

    /// <summary>
    /// a·b + c, rounded once, without an instruction for it, which .NET does by calling a function four times. The sum
    /// in double precision, rounded to odd, keeps what rounding it to float32 has to know.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Float128 FusedInSoftware(Float128 a, Float128 b, Float128 c) =>
        new(
            Vector128.Narrow(
                SumToOdd(
                    Vector128.WidenLower(a._value) * Vector128.WidenLower(b._value), // exact: 48 bits
                    Vector128.WidenLower(c._value)
                ),
                SumToOdd(
                    Vector128.WidenUpper(a._value) * Vector128.WidenUpper(b._value),
                    Vector128.WidenUpper(c._value)
                )
            )
        );

    /// <summary>x + y: exact, or else of the two neighbours the one whose last bit is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> SumToOdd(Vector128<double> x, Vector128<double> y)
    {
        var sum = x + y;
        var ofY = sum - x;
        var error = x - (sum - ofY) + (y - ofY); // what rounding took from the sum, exactly; NaN where it is not finite
        var below = Vector128.LessThan(error, Vector128<double>.Zero);
        var inexact = below | Vector128.GreaterThan(error, Vector128<double>.Zero);
        var roundedUp = (below ^ Vector128.LessThan(sum, Vector128<double>.Zero)) & inexact; // away from zero
        var truncated = sum.AsInt64() + roundedUp.AsInt64(); // a mask is −1
        return (truncated | (inexact.AsInt64() & Vector128<long>.One)).AsDouble();
    }
}
