using Recurrent.Kernels;

namespace Recurrent.Tensors;

/// <summary>
/// The memory behind one or more tensors. Gradients are handed from tensor to tensor, not copied: whoever is the only
/// user may overwrite them.
/// </summary>
internal sealed class Storage : IRecyclable
{
    /// <summary>The width of values that are there only when a whole round is done.</summary>
    public const int NotByRows = -1;

    /// <summary>The width of values that come behind a round.</summary>
    public const int Behind = -2;

    private const int Much = 1 << 20; // values

    private DeviceMemory<float>? _memory;
    private long _round; // that last wrote the values
    private int _width; // of the rows by which it did
    private TensorPool? _pool;

    /// <summary>The memory of a tensor whose own went back to its pool.</summary>
    public static Storage Returned { get; } = new();

    /// <summary>The device whose memory it is.</summary>
    public Device Device { get; private set; } = Device.Default;

    /// <summary>The number of tensors that hold this as their gradient.</summary>
    public int Users { get; private set; }

    /// <summary>Counts the changes of the values, so that what is derived from them can tell.</summary>
    public int Version { get; private set; }

    /// <summary>All values.</summary>
    /// <exception cref="ObjectDisposedException">The pool that lent the memory has taken it back.</exception>
    public Operand<float> Values => new(Memory);

    private DeviceMemory<float> Memory => _memory ?? throw Gone();

    /// <summary>Takes memory, which goes back to the pool if there is one.</summary>
    public Storage Over(DeviceMemory<float> memory, Device device, TensorPool? pool)
    {
        (_memory, Device, _pool, Users) = (memory, device, pool, 1);
        Version++;
        return this;
    }

    /// <summary>A part of the values.</summary>
    public Operand<float> Slice(int start, int length) => new(Memory, start, length);

    /// <summary>Adds a use.</summary>
    public Storage Share()
    {
        Users++;
        return this;
    }

    /// <summary>
    /// Gives up one use; the last one returns lent memory. While work is recorded nothing is given up, because what
    /// is recorded still needs it; nor is little memory of a device that computes ahead, whose kernels would have to
    /// wait for the last use before the next.
    /// </summary>
    public void Release()
    {
        if (Recording.Current is null && --Users == 0 && !(Device.ComputesAhead && _memory?.Length < Much))
        {
            Recycle();
        }
    }

    /// <summary>Notes that a round of a <see cref="Recording"/> writes the values.</summary>
    /// <param name="round">The round's number.</param>
    /// <param name="width">Values of a row in a group, or one of the widths that are none.</param>
    public void MarkWritten(long round, int width) => (_round, _width) = (round, width);

    /// <summary>Whether the values that a piece of a round needs are there when it comes to them.</summary>
    /// <param name="round">The round's number.</param>
    /// <param name="width">Values of a row in a group, or <see cref="NotByRows"/> where it needs all.</param>
    public bool IsDone(long round, int width) => _round != round || (_width == width && width > NotByRows);

    /// <summary>Whether the gradients of weights that a round computes may add to the values.</summary>
    public bool IsDoneByRows(long round) => _round != round || _width != Behind;

    /// <summary>Notes that the values change.</summary>
    public void MarkChanged() => Version++;

    /// <summary>Returns lent memory to the pool now, whoever holds it.</summary>
    public void Recycle()
    {
        if (_pool is not null && _memory is { } lent)
        {
            _memory = null;
            _pool.Return(lent);
        }
    }

    private static ObjectDisposedException Gone() =>
        new(
            nameof(Tensor),
            "This tensor's memory went back to its TensorPool; copy what must outlive the pool's scope."
        );
}
