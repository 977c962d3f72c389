namespace Recurrent.Kernels.Tests;

/// <summary>Operands of kernels in the host's memory.</summary>
internal static class Host
{
    /// <summary>A copy of values.</summary>
    public static Operand<T> Of<T>(params T[] values)
        where T : unmanaged
    {
        var operand = Room<T>(values.Length);
        values.CopyTo(operand.AsSpan());
        return operand;
    }

    /// <summary>Room for a number of values, zeros at first.</summary>
    public static Operand<T> Room<T>(int length)
        where T : unmanaged => new(new HostMemory<T>(length));

    /// <summary>Room for a number of values, none of which may be read before it is written.</summary>
    public static Operand<float> Unwritten(int length)
    {
        var operand = Room<float>(length);
        operand.AsSpan().Fill(float.NaN);
        return operand;
    }

    /// <summary>The values.</summary>
    public static T[] ToArray<T>(this Operand<T> operand)
        where T : unmanaged => operand.AsSpan().ToArray();
}
