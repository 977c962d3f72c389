namespace Recurrent.Kernels.Vectors;

/// <summary>One hardware vector of float64, with the operations that IEEE 754 fixes to the bit.</summary>
internal interface IDoubles<V>
    where V : struct, IDoubles<V>
{
    static abstract int Width { get; }

    static abstract V Load(ref double source);

    static abstract void Store(V value, ref double destination);

    static abstract V Broadcast(double value);

    static abstract V operator +(V left, V right);

    static abstract V operator -(V left, V right);

    static abstract V operator *(V left, V right);

    static abstract V operator /(V left, V right);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract V FusedMultiplyAdd(V a, V b, V c);

    static abstract V Floor(V value);

    /// <summary>2 to the power of whole numbers from −1022 to 1023.</summary>
    static abstract V PowerOfTwo(V exponent);

    /// <summary><paramref name="then"/> where <paramref name="x"/> is below <paramref name="bound"/>, else <paramref name="other"/>.</summary>
    static abstract V IfLess(V x, V bound, V then, V other);
}
