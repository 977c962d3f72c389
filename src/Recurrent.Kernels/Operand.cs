using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Recurrent.Kernels;

/// <summary>An operand of a kernel: a part of a device's memory, row-major.</summary>
/// <typeparam name="T">The type of a value: float, int or double.</typeparam>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct Operand<T>
    where T : unmanaged
{
    private readonly DeviceMemory<T>? _memory; // kept alive while a kernel holds the operand

    /// <summary>A part of a device's memory.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="start">The part's first value.</param>
    /// <param name="length">Number of values.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the memory.</exception>
    public Operand(DeviceMemory<T> memory, int start, int length)
        : this(memory, memory.Address + start, length) => CheckPart(start, length, memory.Length);

    /// <summary>All of a device's memory.</summary>
    public Operand(DeviceMemory<T> memory)
        : this(memory, memory.Address, memory.Length) { }

    private Operand(DeviceMemory<T>? memory, T* start, int length)
    {
        _memory = memory;
        Start = start;
        Length = length;
    }

    /// <summary>An operand that a kernel does not use.</summary>
    public static Operand<T> Empty => default;

    /// <summary>Number of values.</summary>
    public int Length { get; }

    /// <summary>Whether there are no values.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Address of the first value; kernels use <see cref="OperandChecks.Pointer{T}"/>, which checks.</summary>
    internal T* Start { get; }

    /// <summary>Address of the first value, where the memory is not the host's.</summary>
    internal nint Address => (nint)Start;

    /// <summary>A part of the operand.</summary>
    /// <param name="start">The part's first value.</param>
    /// <param name="length">Number of values.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the operand.</exception>
    public Operand<T> Slice(int start, int length)
    {
        CheckPart(start, length, Length);
        return new(_memory, Start + start, length);
    }

    /// <summary>
    /// Columns of a matrix, from the first row's to the last row's; rows lie <paramref name="step"/> apart.
    /// </summary>
    public Operand<T> Columns(int start, int count, int step) => Slice(start, Math.Max(0, Length - step + count));

    /// <summary>The values, where the memory is the host's.</summary>
    public Span<T> AsSpan() => new(Start, Length);

    // One comparison, because parts are taken everywhere.
    private static void CheckPart(int start, int length, int whole)
    {
        if ((ulong)(uint)start + (uint)length > (uint)whole)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start),
                start,
                $"{length} values from {start} on are not within {whole}."
            );
        }
    }
}

/// <summary>Lengths of operands.</summary>
internal static class Operand
{
    /// <summary>Values from the first of a matrix to its last, where rows lie <paramref name="step"/> apart.</summary>
    public static long Length(int rows, int columns, int step) => rows == 0 ? 0 : ((rows - 1L) * step) + columns;
}

/// <summary>The one place where kernels check operands and turn them into pointers.</summary>
internal static unsafe class OperandChecks
{
    /// <summary>Checks an operand's length and returns the address of its first value.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="count">The number of values that it must have.</param>
    /// <param name="name">The operand's name in the kernel, for the message.</param>
    /// <exception cref="ArgumentException">The operand has more or fewer values.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Pointer<T>(
        this in Operand<T> operand,
        long count,
        [CallerArgumentExpression(nameof(operand))] string name = ""
    )
        where T : unmanaged
    {
        Check(operand, count, name);
        return operand.Start;
    }

    /// <summary>Checks an operand's length.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="count">The number of values that it must have.</param>
    /// <param name="name">The operand's name in the kernel, for the message.</param>
    /// <exception cref="ArgumentException">The operand has more or fewer values.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check<T>(
        this in Operand<T> operand,
        long count,
        [CallerArgumentExpression(nameof(operand))] string name = ""
    )
        where T : unmanaged
    {
        if (operand.Length != count)
        {
            ThrowWrongLength(operand.Length, count, name);
        }
    }

    private static void ThrowWrongLength(int length, long expected, string name) =>
        throw new ArgumentException($"{name} must have {expected} values and has {length}.", name);
}
