using System.Runtime.CompilerServices;

namespace Recurrent.Kernels;

/// <summary>
/// Float32 memory that starts at a cache line and never moves, so that a vector load never straddles two lines.
/// </summary>
public sealed class AlignedBuffer
{
    private const int LineBytes = 64;
    private readonly float[] _array;
    private readonly int _offset;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="length">Number of float32 values, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or beyond an array's limit.</exception>
    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        const int padding = LineBytes / sizeof(float);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Array.MaxLength - padding);
        _array = GC.AllocateArray<float>(length + padding, pinned: true);
        Length = length;
        unsafe
        {
            var address = (nuint)Unsafe.AsPointer(ref _array[0]);
            _offset = (int)((LineBytes - (address % LineBytes)) % LineBytes / sizeof(float));
        }
    }

    /// <summary>Number of float32 values.</summary>
    public int Length { get; }

    /// <summary>The values, writable.</summary>
    public Span<float> Span => new(_array, _offset, Length);
}
