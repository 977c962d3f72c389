using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Vectors;

/// <summary>Four float32 values computed one by one: the tier without vector hardware.</summary>
internal readonly unsafe struct FloatScalar(float x, float y, float z, float w) : IVector<FloatScalar>
{
    private readonly float _x = x;
    private readonly float _y = y;
    private readonly float _z = z;
    private readonly float _w = w;

    public static string Name => "scalar";
    public static int Width => 4;
    public static bool IsAccelerated => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar Load(float* source) => new(source[0], source[1], source[2], source[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(FloatScalar value, float* destination)
    {
        destination[0] = value._x;
        destination[1] = value._y;
        destination[2] = value._z;
        destination[3] = value._w;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator FloatScalar(float value) => new(value, value, value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar operator +(FloatScalar left, FloatScalar right) =>
        new(left._x + right._x, left._y + right._y, left._z + right._z, left._w + right._w);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar operator -(FloatScalar left, FloatScalar right) =>
        new(left._x - right._x, left._y - right._y, left._z - right._z, left._w - right._w);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar operator -(FloatScalar value) => 0f - value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar operator *(FloatScalar left, FloatScalar right) =>
        new(left._x * right._x, left._y * right._y, left._z * right._z, left._w * right._w);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar operator /(FloatScalar left, FloatScalar right) =>
        new(left._x / right._x, left._y / right._y, left._z / right._z, left._w / right._w);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar FusedMultiplyAdd(FloatScalar a, FloatScalar b, FloatScalar c) =>
        new(
            MathF.FusedMultiplyAdd(a._x, b._x, c._x),
            MathF.FusedMultiplyAdd(a._y, b._y, c._y),
            MathF.FusedMultiplyAdd(a._z, b._z, c._z),
            MathF.FusedMultiplyAdd(a._w, b._w, c._w)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar FusedMultiplyAdd(FloatScalar a, float* b, FloatScalar c) =>
        FusedMultiplyAdd(a, Load(b), c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar Sqrt(FloatScalar value) =>
        new(MathF.Sqrt(value._x), MathF.Sqrt(value._y), MathF.Sqrt(value._z), MathF.Sqrt(value._w));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar Abs(FloatScalar value) =>
        new(MathF.Abs(value._x), MathF.Abs(value._y), MathF.Abs(value._z), MathF.Abs(value._w));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar CopySign(FloatScalar value, FloatScalar sign) =>
        new(
            MathF.CopySign(value._x, sign._x),
            MathF.CopySign(value._y, sign._y),
            MathF.CopySign(value._z, sign._z),
            MathF.CopySign(value._w, sign._w)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar IfGreater(FloatScalar left, FloatScalar right, FloatScalar then, FloatScalar otherwise) =>
        new(
            left._x > right._x ? then._x : otherwise._x,
            left._y > right._y ? then._y : otherwise._y,
            left._z > right._z ? then._z : otherwise._z,
            left._w > right._w ? then._w : otherwise._w
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatScalar ScaleByPowerOfTwo(FloatScalar value, FloatScalar biased) =>
        new(
            Scale(value._x, biased._x),
            Scale(value._y, biased._y),
            Scale(value._z, biased._z),
            Scale(value._w, biased._w)
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(float value, float biased) =>
        BitConverter.Int32BitsToSingle(
            BitConverter.SingleToInt32Bits(value) + (BitConverter.SingleToInt32Bits(biased) << 23)
        );
}
