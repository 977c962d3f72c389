using Recurrent.Kernels;

namespace Recurrent.Tensors;

/// <summary>
/// Memory that tensors use again and again. While a scope is open on a thread, new tensors borrow their memory
/// from the pool; when it closes, all of it returns and those tensors can no longer be read.
/// </summary>
/// <remarks>
/// A training step builds hundreds of tensors of the same few sizes. Without a pool they are ordinary garbage; with
/// one, the second step finds all its memory ready and warm in the cache.
/// </remarks>
public sealed class TensorPool
{
    [ThreadStatic]
    private static TensorPool? t_current;

    private readonly Dictionary<int, Stack<AlignedBuffer>> _free = [];
    private readonly List<Storage> _lent = [];

    /// <summary>Opens a scope on the calling thread. Scopes nest; dispose them in reverse order.</summary>
    public IDisposable OpenScope()
    {
        var scope = new Scope(this, t_current, _lent.Count);
        t_current = this;
        return scope;
    }

    /// <summary>Memory for <paramref name="length"/> values, not cleared: from the open scope's pool or new.</summary>
    internal static Storage Rent(int length)
    {
        if (t_current is not { } pool)
        {
            return new Storage(new AlignedBuffer(length), pool: null);
        }
        var memory =
            pool._free.TryGetValue(length, out var stack) && stack.Count > 0
                ? stack.Pop()
                : new AlignedBuffer(length);
        var storage = new Storage(memory, pool);
        pool._lent.Add(storage);
        return storage;
    }

    internal void Free(AlignedBuffer memory)
    {
        if (!_free.TryGetValue(memory.Length, out var stack))
        {
            _free.Add(memory.Length, stack = new Stack<AlignedBuffer>());
        }
        stack.Push(memory);
    }

    private sealed class Scope(TensorPool pool, TensorPool? previous, int firstLent) : IDisposable
    {
        public void Dispose()
        {
            t_current = previous;
            var lent = pool._lent;
            for (var i = lent.Count - 1; i >= firstLent; i--)
            {
                lent[i].Reclaim();
            }
            lent.RemoveRange(firstLent, lent.Count - firstLent);
        }
    }
}
