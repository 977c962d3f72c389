using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

// How a tensor was computed, and the way back.
public sealed partial class Tensor
{
    private Storage? _gradient; // of Count values
    private bool _isByRows; // the gradient is of some rows
    private bool _isSpent; // the way back went through it

    /// <summary>Whether <see cref="Backward"/> computes the derivative with respect to this tensor.</summary>
    public bool RequiresGradient => Operator is not null || Leaf is not null || _isSpent;

    /// <summary>
    /// The derivative of the last <see cref="Backward"/>'s scalar with respect to this leaf, of this tensor's shape;
    /// gradients of several backward passes add up. Null before the first and after <see cref="ClearGradient"/>. Of a
    /// table of context features it has the rows that were read alone.
    /// </summary>
    public Tensor? Gradient => _gradient is null ? null : GradientRows?.View ?? Leaf?.View;

    /// <summary>The operator that computed this tensor, while it is recorded; else null.</summary>
    internal Operator? Operator { get; set; }

    /// <summary>
    /// The state that a tensor to differentiate with respect to keeps from pass to pass; null for others.
    /// </summary>
    internal Leaf? Leaf { get; private set; }

    /// <summary>The rows that <see cref="Gradient"/> is of; null where it is of all.</summary>
    internal GradientRows? GradientRows => _isByRows ? Leaf?.Rows : null;

    /// <summary>The gradient that has come here; null for none.</summary>
    internal Storage? GradientSoFar => _gradient;

    /// <summary>Whether a gradient has come here.</summary>
    internal bool HasGradient => _gradient is not null;

    /// <summary>Marks a leaf, such as a parameter, as something to differentiate with respect to.</summary>
    /// <returns>This tensor.</returns>
    public Tensor RequireGradient()
    {
        Leaf ??= RequiresGradient ? null : new Leaf(this);
        return this;
    }

    /// <summary>Gives the gradient of all of a leaf away, and forgets it here.</summary>
    /// <param name="room">A tensor of the same shape that nobody uses any more, for the next.</param>
    internal Tensor TakeGradient(Tensor room)
    {
        var gradient = Leaf!.Exchange(room);
        ClearGradient();
        return gradient;
    }

    /// <summary>Forgets the gradient.</summary>
    public void ClearGradient() => (_gradient, _isByRows) = (null, false);

    /// <summary>The same values, cut off from how they were computed; shares the memory.</summary>
    public Tensor Detach() => View(_storage, _offset, Shape);

    /// <summary>
    /// Computes the derivative of this scalar with respect to every leaf that requires it. The record is used up.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor is not a scalar, or nothing was recorded.</exception>
    /// <example>
    /// <code>
    /// var w = Tensor.From([3], 1).RequireGradient();
    /// var loss = Tensor.SquaredLoss(w * 2, Tensor.From([5], 1)).Sum();
    /// loss.Backward();
    /// Console.WriteLine(w.Gradient); // Tensor(1) [4]
    /// </code>
    /// </example>
    public void Backward()
    {
        if (Count != 1)
        {
            throw new InvalidOperationException(
                $"Backward starts from a scalar and this tensor has shape {Shape}; take Sum() or Mean() first."
            );
        }
        if (Operator is null)
        {
            throw new InvalidOperationException(
                "Nothing was recorded for this tensor: no operand requires a gradient, the gradient mode was off, "
                    + "or Backward already ran."
            );
        }
        GoBack(addShard: null);
    }

    /// <summary>
    /// Computes the derivatives of the sum of these values, one of each shard, whose gradients are added by the tree.
    /// </summary>
    /// <param name="addShard">
    /// Takes the gradient of a shard of a leaf for which that cannot be done at once, after the last one that of all.
    /// </param>
    internal void BackwardOfShards(Action<int, Tensor> addShard) => GoBack(addShard);

    private void GoBack(Action<int, Tensor>? addShard)
    {
        _gradient = TensorPool.Rent(Device, Count);
        Device.RunFirst(new Fill<float>(_gradient.Values, 1f));
        TensorPool.Rent<Tape>().GoBack(this, addShard);
    }

    /// <summary>The gradient, which is no longer this tensor's.</summary>
    internal Storage? TakeGradient()
    {
        var gradient = _gradient;
        _gradient = null;
        return gradient;
    }

    /// <summary>Notes that the way back went through this tensor.</summary>
    internal void Spend() => (_gradient, Operator, _isSpent) = (null, null, true);

    /// <summary>Makes values the gradient of this computed tensor, if it has none yet.</summary>
    internal bool TryTake(Storage gradient)
    {
        var isTaken = _gradient is null && Operator is not null;
        _gradient = isTaken ? gradient : _gradient;
        return isTaken;
    }

    /// <summary>
    /// The place to write this tensor's gradient to, and whether to add to what is there or to overwrite it.
    /// </summary>
    internal Storage GradientPlace(out bool accumulate)
    {
        accumulate = _gradient is not null;
        if (Leaf is { } leaf)
        {
            RequireOneWay(byRows: false);
            _gradient ??= leaf.Gradient;
        }
        else if (_gradient is null)
        {
            _gradient = TensorPool.Rent(Device, Count);
        }
        else if (_gradient.Users > 1)
        {
            var own = TensorPool.Rent(Device, Count);
            Device.Copy(_gradient.Values, own.Values);
            _gradient.Release();
            _gradient = own;
        }
        return _gradient;
    }

    /// <summary>The place to add the gradient of some rows of this leaf to.</summary>
    /// <param name="rows">The rows, each as often as it is read; the number of the leaf's rows for none.</param>
    /// <param name="places">Where in the gradient each is, as long.</param>
    internal Storage GradientPlace(ReadOnlySpan<int> rows, Span<int> places)
    {
        RequireOneWay(byRows: true);
        var isFirst = _gradient is null;
        (_isByRows, _gradient) = (true, Leaf!.Rows.Take(rows, places, isFirst));
        return _gradient;
    }

    private void RequireOneWay(bool byRows)
    {
        if (_gradient is not null && _isByRows != byRows)
        {
            throw new InvalidOperationException(
                $"A gradient of all of this {Shape} tensor cannot be added to one of some of its rows; go back from "
                    + "each by itself, with ClearGradient() between them."
            );
        }
    }
}
