namespace Recurrent.Kernels.Vectors;

/// <summary>
/// One hardware vector of float32 values. Every kernel is written once against this interface; the
/// operations are those whose result IEEE 754 fixes to the bit, so that all widths agree.
/// </summary>
internal unsafe interface IVector<TSelf>
    where TSelf : unmanaged, IVector<TSelf>
{
    /// <summary>The tier's name, as tests and options give it.</summary>
    static abstract string Name { get; }

    /// <summary>Float32 values in one vector: 4, 8 or 16.</summary>
    static abstract int Width { get; }

    /// <summary>
    /// Whether the processor runs this width in hardware, and from 256 bits on its fused multiply-adds too: without
    /// them the width is worth nothing.
    /// </summary>
    static abstract bool IsAccelerated { get; }

    static abstract TSelf Load(float* source);

    static abstract void Store(TSelf value, float* destination);

    /// <summary>The value in every lane.</summary>
    static abstract implicit operator TSelf(float value);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    /// <summary>0 − value, so that the sign of a NaN stays.</summary>
    static abstract TSelf operator -(TSelf value);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TSelf FusedMultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>
    /// a·b + c with b in memory, for a b used once: the compiler then takes it from there, and adds in c's register.
    /// </summary>
    static abstract TSelf FusedMultiplyAdd(TSelf a, float* b, TSelf c);

    /// <summary>The square root, rounded once.</summary>
    static abstract TSelf Sqrt(TSelf value);

    static abstract TSelf Abs(TSelf value);

    /// <summary>The magnitude of <paramref name="value"/> with the sign of <paramref name="sign"/>.</summary>
    static abstract TSelf CopySign(TSelf value, TSelf sign);

    /// <summary>Lane by lane: left &gt; right ? then : otherwise. False where either is NaN.</summary>
    static abstract TSelf IfGreater(TSelf left, TSelf right, TSelf then, TSelf otherwise);

    /// <summary>
    /// value · 2ⁿ, with n given by the low bits of <paramref name="biased"/> = n + 1.5·2²³. The result must be
    /// a normal number.
    /// </summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf value, TSelf biased);
}
