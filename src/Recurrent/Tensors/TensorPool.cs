using System.Runtime.InteropServices;
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

    private readonly bool _reusesTensors;
    private readonly Dictionary<int, Stack<AlignedBuffer>> _free = [];
    private readonly Dictionary<int, Stack<int[]>> _freeIndices = [];
    private readonly List<Storage> _storages = []; // the first _storageCount are lent
    private readonly List<Tensor> _tensors = []; // the first _tensorCount are lent
    private readonly List<Tensor[]> _lists = []; // the first _listCount are lent
    private readonly List<int[]> _indices = []; // all lent
    private int _storageCount;
    private int _tensorCount;
    private int _listCount;

    /// <summary>Makes a pool that has nothing to lend yet.</summary>
    public TensorPool() { }

    /// <summary>Makes a pool.</summary>
    /// <param name="reusesTensors">
    /// Whether the tensors themselves serve again too, so that a step allocates nothing. Only for code that keeps none beyond
    /// a scope: it would find another's values in it, and no exception.
    /// </param>
    internal TensorPool(bool reusesTensors) => _reusesTensors = reusesTensors;

    /// <summary>Opens a scope on the calling thread. Scopes nest; dispose them in reverse order.</summary>
    public Scope OpenScope()
    {
        var scope = new Scope(this, t_current);
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
        var memory = Take(pool._free, length) ?? new AlignedBuffer(length);
        if (pool._storageCount == pool._storages.Count)
        {
            pool._storages.Add(new Storage(memory, pool));
        }
        else
        {
            pool._storages[pool._storageCount].Lend(memory);
        }
        return pool._storages[pool._storageCount++];
    }

    /// <summary>An array for <paramref name="length"/> indices, not cleared: from the open scope's pool or new.</summary>
    internal static int[] RentIndices(int length)
    {
        if (t_current is not { } pool)
        {
            return new int[length];
        }
        var indices = Take(pool._freeIndices, length) ?? new int[length];
        pool._indices.Add(indices);
        return indices;
    }

    /// <summary>A tensor of no use yet.</summary>
    internal static Tensor RentTensor()
    {
        if (t_current is not { _reusesTensors: true } pool)
        {
            return new Tensor();
        }
        if (pool._tensorCount == pool._tensors.Count)
        {
            pool._tensors.Add(new Tensor());
        }
        return pool._tensors[pool._tensorCount++];
    }

    /// <summary>An array for <paramref name="length"/> tensors, to be filled.</summary>
    internal static Tensor[] RentList(int length)
    {
        if (t_current is not { _reusesTensors: true } pool)
        {
            return new Tensor[length];
        }
        if (pool._listCount == pool._lists.Count)
        {
            pool._lists.Add(new Tensor[length]);
        }
        ref var list = ref CollectionsMarshal.AsSpan(pool._lists)[pool._listCount++];
        return list.Length == length ? list : list = new Tensor[length];
    }

    internal void Free(AlignedBuffer memory) => Return(_free, memory.Length, memory);

    private static T? Take<T>(Dictionary<int, Stack<T>> free, int length)
        where T : class =>
        free.TryGetValue(length, out var stack) && stack.TryPop(out var item) ? item : null;

    private static void Return<T>(Dictionary<int, Stack<T>> free, int length, T item)
    {
        if (!free.TryGetValue(length, out var stack))
        {
            free.Add(length, stack = new Stack<T>());
        }
        stack.Push(item);
    }

    private void Close(TensorPool? previous, int storages, int tensors, int lists, int indices)
    {
        (t_current, _listCount) = (previous, lists);
        for (; _tensorCount > tensors; _tensorCount--)
        {
            _tensors[_tensorCount - 1].Recycle();
        }
        for (; _storageCount > storages; _storageCount--)
        {
            _storages[_storageCount - 1].Reclaim();
            if (!_reusesTensors)
            {
                _storages.RemoveAt(_storageCount - 1); // a tensor that outlives the scope must not find another's values
            }
        }
        for (var i = _indices.Count - 1; i >= indices; i--)
        {
            Return(_freeIndices, _indices[i].Length, _indices[i]);
            _indices.RemoveAt(i);
        }
    }

    /// <summary>The time in which tensors borrow from a pool; it ends when this is disposed.</summary>
    public readonly struct Scope : IDisposable
    {
        private readonly TensorPool _pool;
        private readonly TensorPool? _previous;
        private readonly int _storages;
        private readonly int _tensors;
        private readonly int _lists;
        private readonly int _indices;

        internal Scope(TensorPool pool, TensorPool? previous)
        {
            (_pool, _previous) = (pool, previous);
            (_storages, _tensors) = (pool._storageCount, pool._tensorCount);
            (_lists, _indices) = (pool._listCount, pool._indices.Count);
        }

        /// <summary>Ends the scope.</summary>
        public void Dispose() => _pool.Close(_previous, _storages, _tensors, _lists, _indices);
    }
}
