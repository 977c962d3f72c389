using System.Runtime.CompilerServices;
using Recurrent.Kernels;

namespace Recurrent.Tensors;

/// <summary>An object that a pool lends again and again.</summary>
internal interface IRecyclable
{
    /// <summary>Lets go of everything at the end of the scope in which it was lent.</summary>
    void Recycle();
}

/// <summary>
/// Memory of a device that tensors use again and again. While a scope is open on a thread, new tensors borrow their
/// memory from the pool; when it closes, all of it returns and those tensors can no longer be read.
/// </summary>
/// <remarks>
/// A training step builds hundreds of tensors of the same few sizes. Without a pool they are ordinary garbage; with
/// one, the second step finds all its memory ready and warm in the cache.
/// </remarks>
/// <example>
/// <code>
/// using var pool = new TensorPool();
/// for (var step = 0; step &lt; 100; step++)
/// {
///     using var scope = pool.OpenScope(); // tensors of this step give their memory to the next
///     var y = Tensor.Tanh(Tensor.Zeros(32, 256));
/// }
/// </code>
/// </example>
public sealed class TensorPool : IDisposable
{
    [ThreadStatic]
    private static TensorPool? t_current;

    private readonly Device _device;
    private readonly bool _recyclesTensors;
    private readonly Dictionary<(Type Type, int Length), Stack<object>> _free = [];
    private readonly List<(object Item, int Length)> _lent = [];
    private readonly List<Scope> _scopes = []; // the first _depth are open
    private readonly List<object> _sorted = [];
    private int _depth;

    /// <summary>Makes a pool that has nothing to lend yet.</summary>
    /// <param name="device">The device whose memory it lends; null for the default.</param>
    public TensorPool(Device? device = null)
        : this(device, recyclesTensors: false) { }

    /// <summary>Makes a pool.</summary>
    /// <param name="device">The device whose memory it lends; null for the default.</param>
    /// <param name="recyclesTensors">
    /// Whether the tensors themselves serve again too, so that a step allocates nothing. Only for code that keeps none
    /// beyond a scope: it would find another's values in it, and no exception.
    /// </param>
    internal TensorPool(Device? device, bool recyclesTensors) =>
        (_device, _recyclesTensors) = (device ?? Device.Default, recyclesTensors);

    /// <summary>Opens a scope on the calling thread. Scopes nest; dispose them in reverse order.</summary>
    /// <returns>What ends the scope when it is disposed.</returns>
    public IDisposable OpenScope()
    {
        if (_depth == _scopes.Count)
        {
            _scopes.Add(new Scope(this));
        }
        var scope = _scopes[_depth++];
        scope.Open(t_current, _lent.Count);
        t_current = this;
        return scope;
    }

    /// <summary>Lets go of the memory that it has ready to lend.</summary>
    public void Dispose() => _free.Clear();

    /// <summary>Memory for <paramref name="length"/> values, not cleared: from the open scope's pool or new.</summary>
    // Not inlined, as what else every operator calls: the compiler would spend a training's first second on copies.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Storage Rent(Device device, int length)
    {
        if (t_current is not { } pool || pool._device != device)
        {
            return new Storage().Over(device.Allocate<float>(length), device, pool: null);
        }
        var storage = pool._recyclesTensors ? pool.Take<Storage>(0) ?? new Storage() : new Storage();
        pool._lent.Add((storage, 0));
        return storage.Over(pool.TakeMemory<float>(length), device, pool);
    }

    /// <summary>
    /// Memory for <paramref name="length"/> values until the scope ends, not cleared: from its pool or new.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="length">Number of values.</param>
    /// <param name="owner">What must let go of the memory then; null if nothing keeps it.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static DeviceMemory<T> RentMemory<T>(Device device, int length, IRecyclable? owner)
        where T : unmanaged
    {
        if (t_current is not { } pool || pool._device != device)
        {
            return device.Allocate<T>(length);
        }
        var memory = pool.TakeMemory<T>(length);
        pool._lent.Add((memory, length));
        if (owner is not null && !pool._recyclesTensors) // else it was lent, too
        {
            pool._lent.Add((owner, 0));
        }
        return memory;
    }

    /// <summary>An object that may have served before; it keeps what it had.</summary>
    internal static T Rent<T>()
        where T : class, new() => Rent(static () => new T());

    /// <summary>An object that may have served before; it keeps what it had.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static T Rent<T>(Func<T> make)
        where T : class =>
        t_current is { _recyclesTensors: true } pool ? pool.Lend(pool.Take<T>(0) ?? make(), 0) : make();

    /// <summary>An array for <paramref name="length"/> tensors, to be filled.</summary>
    internal static Tensor[] RentList(int length) =>
        t_current is { _recyclesTensors: true } pool
            ? pool.Lend(pool.Take<Tensor[]>(length) ?? new Tensor[length], length)
            : new Tensor[length];

    /// <summary>Takes memory back before the end of the scope.</summary>
    internal void Return(DeviceMemory<float> memory) => Return(typeof(DeviceMemory<float>), memory, memory.Length);

    private T Lend<T>(T item, int length)
        where T : class
    {
        _lent.Add((item, length));
        return item;
    }

    private DeviceMemory<T> TakeMemory<T>(int length)
        where T : unmanaged => Take<DeviceMemory<T>>(length) ?? _device.Allocate<T>(length);

    private T? Take<T>(int length)
        where T : class =>
        _free.TryGetValue((typeof(T), length), out var stack) && stack.TryPop(out var item) ? (T)item : null;

    private void Return(Type type, object item, int length)
    {
        if (!_free.TryGetValue((type, length), out var stack))
        {
            _free.Add((type, length), stack = new Stack<object>());
        }
        stack.Push(item);
    }

    private void Close(TensorPool? previous, int kept)
    {
        _depth--;
        t_current = previous;
        for (var i = _lent.Count - 1; i >= kept; i--)
        {
            var (item, length) = _lent[i];
            (item as IRecyclable)?.Recycle();
            if (item is DeviceMemory<int>)
            {
                Return(typeof(DeviceMemory<int>), item, length);
            }
            else if (item is DeviceMemory<double>)
            {
                Return(typeof(DeviceMemory<double>), item, length);
            }
            else if (_recyclesTensors) // else a tensor that outlives the scope would find another's values
            {
                Return(item.GetType(), item, length);
            }
        }
        _lent.RemoveRange(kept, _lent.Count - kept);
        if (_depth == 0 && _device.ComputesAhead)
        {
            Sort();
        }
    }

    /// <summary>
    /// Puts what is ready to be lent in a fixed order, so that the next scope that asks for the same gets the same:
    /// what a device has prepared for addresses then serves again.
    /// </summary>
    private void Sort()
    {
        foreach (var stack in _free.Values)
        {
            if (stack.Count > 1 && AddressOf(stack.Peek()) != 0)
            {
                _sorted.AddRange(stack);
                stack.Clear();
                _sorted.Sort(static (one, other) => AddressOf(one).CompareTo(AddressOf(other)));
                _sorted.ForEach(stack.Push);
                _sorted.Clear();
            }
        }

        static nint AddressOf(object item) =>
            item switch
            {
                DeviceMemory<float> memory => new Operand<float>(memory).Address,
                DeviceMemory<int> memory => new Operand<int>(memory).Address,
                _ => 0,
            };
    }

    /// <summary>
    /// The time in which tensors borrow from a pool; one object for each depth, used again and again.
    /// </summary>
    private sealed class Scope(TensorPool pool) : IDisposable
    {
        private TensorPool? _previous;
        private int _kept;
        private bool _isOpen;

        public void Open(TensorPool? previous, int kept) => (_previous, _kept, _isOpen) = (previous, kept, true);

        public void Dispose()
        {
            if (_isOpen)
            {
                _isOpen = false;
                pool.Close(_previous, _kept);
            }
        }
    }
}
