namespace Recurrent.Tensors;

// How a tensor was computed, and the way back.
public sealed partial class Tensor
{
    private static long s_order;

    [ThreadStatic]
    private static WayBack? t_way;

    private Tensor[] _operands = []; // the first _operandCount
    private int _operandCount;
    private Action<Tensor, Storage>? _derivative; // passes the gradient of this tensor on to the operands
    private object? _memory; // what an operator keeps of its forward pass; may be of an earlier use
    private long _order; // operands come before what is computed from them
    private long _visit;
    private bool _isSpent;
    private Storage? _gradient; // of Count values
    private Storage? _leafGradient; // kept from step to step
    private Tensor? _gradientView;
    private List<(Tensor Left, Storage Gradient)>? _products; // see AddGradientOfProduct

    /// <summary>Whether <see cref="Backward"/> computes the derivative with respect to this tensor.</summary>
    public bool RequiresGradient { get; private set; }

    /// <summary>
    /// The derivative of the last <see cref="Backward"/>'s scalar with respect to this leaf, of this tensor's shape;
    /// gradients of several backward passes add up. Null before the first and after <see cref="ClearGradient"/>.
    /// </summary>
    public Tensor? Gradient
    {
        get
        {
            if (_gradient is null)
            {
                return null;
            }
            if (_gradientView is null || _gradientView._storage != _gradient)
            {
                _gradientView = new Tensor { _storage = _gradient, Shape = Shape };
            }
            return _gradientView;
        }
    }

    private bool IsRecorded => _operandCount > 0;

    /// <summary>Marks a leaf, such as a parameter, as something to differentiate with respect to.</summary>
    /// <returns>This tensor.</returns>
    public Tensor RequireGradient()
    {
        RequiresGradient = true;
        return this;
    }

    /// <summary>Forgets the gradient.</summary>
    public void ClearGradient() => _gradient = null;

    /// <summary>The same values, cut off from how they were computed; shares the memory.</summary>
    public Tensor Detach() => View(_storage, _offset, Shape);

    /// <summary>
    /// Computes the derivative of this scalar with respect to every leaf that requires it. The record is used up.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor is no scalar, or nothing was recorded.</exception>
    public void Backward()
    {
        if (Count != 1)
        {
            throw new InvalidOperationException(
                $"Backward starts from a scalar and this tensor has shape {Shape}; take Sum() or Mean() first."
            );
        }
        if (!IsRecorded)
        {
            throw new InvalidOperationException(
                "Nothing was recorded for this tensor: no operand requires a gradient, the gradient mode was off, "
                    + "or Backward already ran."
            );
        }
        _gradient = TensorPool.Rent(1);
        _gradient.Values[0] = 1f;
        var way = t_way ??= new WayBack();
        t_way = null; // a derivative may go back on a way of its own
        FindOperands(way);
        for (var i = way.Recorded.Count - 1; i >= 0; i--)
        {
            way.Recorded[i].PassGradientOn();
        }
        foreach (var leaf in way.Leaves)
        {
            leaf.FlushProducts();
        }
        way.Clear();
        t_way = way;
    }

    /// <summary>Makes this a tensor of no use, ready for another.</summary>
    internal void Recycle()
    {
        (_storage, _gradient, _leafGradient, _gradientView) = (Storage.Returned, null, null, null);
        (_derivative, _products, _isSpent, RequiresGradient) = (null, null, false, false);
        _operands.AsSpan(0, _operandCount).Clear();
        _operandCount = 0;
        (_packed, _packedTransposed) = (null, null);
    }

    /// <summary>An operator's result: a new tensor that is recorded when an operand requires a gradient.</summary>
    private static Tensor Result(Shape shape, params ReadOnlySpan<Tensor> operands) =>
        Record(Uninitialized(shape), operands);

    private static Tensor Record(Tensor result, params ReadOnlySpan<Tensor> operands)
    {
        var requiresGradient = false;
        foreach (var operand in operands)
        {
            requiresGradient |= operand.RequiresGradient;
        }
        if (requiresGradient && GradientMode.IsEnabled)
        {
            result.RequiresGradient = true;
            if (result._operands.Length < operands.Length)
            {
                result._operands = new Tensor[operands.Length];
            }
            operands.CopyTo(result._operands);
            result._operandCount = operands.Length;
            result._order = Interlocked.Increment(ref s_order);
        }
        return result;
    }

    /// <summary>Sets how the gradient of this result becomes gradients of its operands.</summary>
    private Tensor WithDerivative(Action<Tensor, Storage> derivative)
    {
        _derivative = IsRecorded ? derivative : null;
        return this;
    }

    /// <summary>Everything that this tensor was computed from: results in order of computation, and leaves.</summary>
    private void FindOperands(WayBack way)
    {
        var visit = Interlocked.Increment(ref s_order);
        way.Pending.Push(this);
        while (way.Pending.TryPop(out var tensor))
        {
            if (tensor._visit == visit || !tensor.RequiresGradient)
            {
                continue;
            }
            if (tensor._isSpent)
            {
                throw new InvalidOperationException(
                    $"Backward already went through the {tensor.Shape} tensor that this one was computed from; "
                        + "Detach() it, or compute it again."
                );
            }
            tensor._visit = visit;
            (tensor.IsRecorded ? way.Recorded : way.Leaves).Add(tensor);
            foreach (var operand in tensor._operands.AsSpan(0, tensor._operandCount))
            {
                way.Pending.Push(operand);
            }
        }
        way.Recorded.Sort(static (x, y) => x._order.CompareTo(y._order));
    }

    private void PassGradientOn()
    {
        if (_gradient is { } gradient)
        {
            _derivative!(this, gradient);
            gradient.Release();
        }
        _operands.AsSpan(0, _operandCount).Clear();
        (_gradient, _derivative, _operandCount, _isSpent) = (null, null, 0, true);
    }

    /// <summary>Adds a gradient of this tensor's shape. The caller keeps its own use of the storage.</summary>
    private void AddGradient(Storage gradient)
    {
        if (!RequiresGradient)
        {
            return;
        }
        if (_gradient is null && IsRecorded)
        {
            _gradient = gradient.Share();
            return;
        }
        var target = GradientTarget(out var add);
        if (add)
        {
            Tier.Add(Team, target, gradient.Values, target);
        }
        else
        {
            gradient.Values.CopyTo(target);
        }
    }

    /// <summary>Where to write this tensor's gradient, and whether to add to what is there or to overwrite it.</summary>
    private Span<float> GradientTarget(out bool add)
    {
        add = _gradient is not null;
        if (!IsRecorded)
        {
            _gradient ??= _leafGradient ??= new Storage(new Kernels.AlignedBuffer(Count), pool: null);
        }
        else if (_gradient is null)
        {
            _gradient = TensorPool.Rent(Count);
        }
        else if (_gradient.Users > 1)
        {
            var own = TensorPool.Rent(Count);
            _gradient.Values.CopyTo(own.Values);
            _gradient.Release();
            _gradient = own;
        }
        return _gradient.Values;
    }

    /// <summary>The gradient's own memory where nobody else uses it, new memory otherwise.</summary>
    private static Storage Reuse(Storage gradient) =>
        gradient.Users == 1 ? gradient.Share() : TensorPool.Rent(gradient.Values.Length);

    /// <summary>The lists of a backward pass, kept for the next.</summary>
    private sealed class WayBack
    {
        public Stack<Tensor> Pending { get; } = new();

        public List<Tensor> Recorded { get; } = [];

        public List<Tensor> Leaves { get; } = [];

        public void Clear()
        {
            Recorded.Clear();
            Leaves.Clear();
        }
    }
}
