using Recurrent.Kernels;

namespace Recurrent.Tensors;

/// <summary>
/// The memory behind one or more tensors. Gradients are handed from tensor to tensor, not copied: whoever is
/// the only user may overwrite them.
/// </summary>
internal sealed class Storage(AlignedBuffer? memory, TensorPool? pool)
{
    private AlignedBuffer? _memory = memory;

    /// <summary>Memory that a pool has taken back.</summary>
    public static Storage Returned { get; } = new(memory: null, pool: null);

    /// <summary>How many tensors hold this as their gradient.</summary>
    public int Users { get; private set; } = 1;

    /// <summary>Counts the changes of the values, so that what is derived from them can tell.</summary>
    public int Version { get; private set; }

    /// <summary>The values.</summary>
    /// <exception cref="ObjectDisposedException">The pool that lent the memory has taken it back.</exception>
    public Span<float> Values =>
        (
            _memory
            ?? throw new ObjectDisposedException(
                nameof(Tensor),
                "This tensor's memory went back to its TensorPool; copy what must outlive the pool's scope."
            )
        ).Span;

    public Storage Share()
    {
        Users++;
        return this;
    }

    /// <summary>Gives up one use; the last one returns lent memory.</summary>
    public void Release()
    {
        if (--Users == 0 && pool is not null)
        {
            Reclaim();
        }
    }

    public void MarkChanged() => Version++;

    /// <summary>Serves again, with other memory.</summary>
    public void Lend(AlignedBuffer memory)
    {
        (_memory, Users) = (memory, 1);
        Version++;
    }

    /// <summary>Returns the memory to the pool now, whoever holds it.</summary>
    public void Reclaim()
    {
        if (_memory is { } lent)
        {
            _memory = null;
            pool!.Free(lent);
        }
    }
}
