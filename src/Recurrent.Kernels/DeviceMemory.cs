using System.Runtime.CompilerServices;

namespace Recurrent.Kernels;

/// <summary>
/// Memory of a device: values that only the device's kernels read and write. Nothing else may rely on the
/// address, which need not be one of the host.
/// </summary>
/// <typeparam name="T">The type of a value: float, int or double.</typeparam>
internal abstract unsafe class DeviceMemory<T>
    where T : unmanaged
{
    protected DeviceMemory(int length) => Length = length;

    /// <summary>Number of values.</summary>
    public int Length { get; }

    /// <summary>Address of the first value; it never changes.</summary>
    public T* Address { get; protected init; }
}

/// <summary>
/// Memory of the host that starts at a cache line and never moves, so that kernels may keep pointers into it and
/// a vector load never straddles two lines.
/// </summary>
/// <typeparam name="T">The type of a value: float, int or double.</typeparam>
internal sealed unsafe class HostMemory<T> : DeviceMemory<T>
    where T : unmanaged
{
    private const int LineBytes = 64;
    private readonly T[] _array;
    private readonly int _offset;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="length">Number of values, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or beyond an array's limit.</exception>
    public HostMemory(int length)
        : base(length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var padding = LineBytes / sizeof(T);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Array.MaxLength - padding);
        _array = GC.AllocateArray<T>(length + padding, pinned: true);
        var address = (nuint)Unsafe.AsPointer(ref _array[0]);
        _offset = (int)((LineBytes - (address % LineBytes)) % LineBytes) / sizeof(T);
        Address = (T*)address + _offset;
    }

    /// <summary>The values, writable.</summary>
    public Span<T> Span => new(_array, _offset, Length);
}
