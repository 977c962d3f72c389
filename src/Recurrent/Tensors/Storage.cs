using Recurrent.Kernels;

namespace Recurrent.Tensors;

/// <summary>
/// The memory behind one or more tensors. Gradients are handed from tensor to tensor, not copied: whoever is the only
/// user may overwrite them.
/// </summary>
internal sealed class Storage : IRecyclable
{
    private DeviceMemory<float>? _memory;
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

    /// <summary>Gives up one use; the last one returns lent memory.</summary>
    public void Release()
    {
        if (--Users == 0)
        {
            Recycle();
        }
    }

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
