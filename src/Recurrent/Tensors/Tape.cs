namespace Recurrent.Tensors;

/// <summary>The way back from a scalar: every operator that it was computed by, last one first.</summary>
internal sealed class Tape : IRecyclable
{
    private readonly Stack<Operator> _pending = new();
    private readonly List<Operator> _operators = [];
    private readonly List<Leaf> _leaves = [];

    /// <summary>Goes back from a result, whose own gradient is there.</summary>
    public void GoBack(Tensor result)
    {
        result.Operator!.IsRoot = true;
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
        foreach (var operation in _operators)
        {
            operation.PassGradientOn();
        }
        foreach (var leaf in _leaves)
        {
            leaf.FlushProducts();
        }
        Recycle();
    }

    public void Recycle()
    {
        _pending.Clear();
        _operators.Clear();
        _leaves.Clear();
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
            _leaves.Add(leaf); // more than once, perhaps: nothing is left to flush the second time
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
