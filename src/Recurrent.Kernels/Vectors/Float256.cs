using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Recurrent.Kernels.Vectors;

/// <summary>8 float32 values in 256 bits.</summary>
internal readonly unsafe struct Float256(Vector256<float> value) : IVector<Float256>
{
    private readonly Vector256<float> _value = value;

    public static string Name => "256";
    public static int Width => 8;
    public static bool IsAccelerated => Vector256.IsHardwareAccelerated && Fma.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float256 value, float* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Float256(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator +(Float256 left, Float256 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator -(Float256 left, Float256 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator -(Float256 value) => new(Vector256<float>.Zero - value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator *(Float256 left, Float256 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator /(Float256 left, Float256 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 FusedMultiplyAdd(Float256 a, Float256 b, Float256 c) =>
        new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 FusedMultiplyAdd(Float256 a, float* b, Float256 c) =>
        new(Vector256.FusedMultiplyAdd(a._value, Vector256.Load(b), c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Sqrt(Float256 value) => new(Vector256.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Abs(Float256 value) => new(Vector256.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 CopySign(Float256 value, Float256 sign) =>
        new(Vector256.ConditionalSelect(Vector256.Create(-0f), sign._value, value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 IfGreater(Float256 left, Float256 right, Float256 then, Float256 otherwise) =>
        new(
            Vector256.ConditionalSelect(Vector256.GreaterThan(left._value, right._value), then._value, otherwise._value)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 ScaleByPowerOfTwo(Float256 value, Float256 biased) =>
        new((value._value.AsInt32() + (biased._value.AsInt32() << 23)).AsSingle());
}
