namespace Recurrent.Tensors;

/// <summary>The way back from a scalar: every operator that it was computed by, last one first.</summary>
/// <remarks>
/// From the losses of shards, the batch is gone through once. Gradients of weights that are used once are summed by
/// shards and added on the way. What is left is gone through for one shard after the other: weights with several uses,
/// whose gradients add up within a shard first, and operators of weights alone, such as tables of the vocabulary.
/// </remarks>
internal sealed class Tape : IRecyclable
{
    private readonly Stack<Operator> _pending = new();
    private readonly List<Operator> _operators = [];
    private readonly List<Tensor> _leaves = [];
    private readonly List<Tensor> _lateLeaves = [];

    /// <summary>Goes back from a result, whose own gradient is there.</summary>
    /// <param name="result">The result.</param>
    /// <param name="addShard">Takes a shard's gradient of a leaf, where the result is of shards.</param>
    public void GoBack(Tensor result, Action<int, Tensor>? addShard = null)
    {
        result.Operator!.IsRoot = true;
        var shards = result.Shards;
        Visit(result);
        while (_pending.TryPop(out var operation))
        {
            _operators.Add(operation);
            for (var i = 0; i < operation.Operands.Count; i++) // an enumerator would be allocated
            {
                Visit(operation.Operands[i]);
            }
        }
        _operators.Sort(static (x, y) => y.Order.CompareTo(x.Order));
        if (shards > 1)
        {
            GoBackByShards(result.Device, shards, addShard!);
        }
        else
        {
            foreach (var operation in _operators)
            {
                operation.PassGradientOn();
            }
        }
        foreach (var leaf in _leaves)
        {
            leaf.Leaf!.FlushProducts();
        }
        Recycle();
    }

    public void Recycle()
    {
        foreach (var leaf in _leaves)
        {
            leaf.Leaf?.Uses = 0;
        }
        _pending.Clear();
        _operators.Clear();
        _leaves.Clear();
        _lateLeaves.Clear();
    }

    private void GoBackByShards(Device device, int shards, Action<int, Tensor> addShard)
    {
        foreach (var operation in _operators)
        {
            for (var i = 0; i < operation.Operands.Count; i++)
            {
                var operand = operation.Operands[i];
                if (operand.Leaf is not null && (operation.Shards == 1 || operation.IsLate(operand)))
                {
                    AddLate(operand);
                }
            }
            if (operation.Shards > 1)
            {
                operation.PassOn();
            }
        }
        for (var shard = 0; shard < shards && _lateLeaves.Count > 0; shard++)
        {
            device.Finish(); // because operators have room for one shard's work
            foreach (var leaf in _lateLeaves)
            {
                leaf.ClearGradient();
            }
            foreach (var operation in _operators)
            {
                if (operation.Shards > 1)
                {
                    operation.PassOnLate(shard);
                }
                else
                {
                    operation.PassOn();
                }
            }
            foreach (var leaf in _lateLeaves)
            {
                addShard(shard, leaf);
            }
        }
        foreach (var operation in _operators)
        {
            operation.Forget();
        }
    }

    private void AddLate(Tensor leaf)
    {
        if (!_lateLeaves.Contains(leaf))
        {
            _lateLeaves.Add(leaf);
        }
    }

    /// <summary>Takes an operand's operator, or leaf, into the way.</summary>
    /// <exception cref="InvalidOperationException">The way back already went through the operand.</exception>
    private void Visit(Tensor operand)
    {
        if (operand.Operator is { } operation)
        {
            if (operation.Visitor != this)
            {
                operation.Visitor = this;
                _pending.Push(operation);
            }
        }
        else if (operand.Leaf is { } leaf)
        {
            leaf.Uses++;
            _leaves.Add(operand); // more than once, perhaps: nothing is left to flush the second time
        }
        else if (operand is { RequiresGradient: true })
        {
            throw new InvalidOperationException(
                $"Backward already went through the {operand.Shape} tensor that this one was computed from; "
                    + "Detach() it, or compute it again."
            );
        }
    }
}
