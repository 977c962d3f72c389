using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Sums;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <inheritdoc cref="SoftmaxCrossEntropy(Tensor, Indices)"/>
    /// <example>
    /// <code>
    /// var loss = Tensor.SoftmaxCrossEntropy(Tensor.From([2, 1, 0, 0, 1, 2], 2, 3), [0, 2]);
    /// Console.WriteLine(loss.ToScalar()); // 0.40760604
    /// </code>
    /// </example>
    public static Tensor SoftmaxCrossEntropy(Tensor logits, ReadOnlySpan<int> labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return SoftmaxCrossEntropy(logits, Indices.From(logits.Device, labels, labels.Length, 1));
    }

    /// <summary>
    /// The mean over rows of −ln softmax(logits)[label], in nats; dlogits = dy·(softmax − one-hot) / rows.
    /// </summary>
    /// <param name="logits">Unnormalised log-probabilities (rows, classes).</param>
    /// <param name="labels">The right class of each row, in the order of the rows, 0 ≤ label &lt; classes.</param>
    /// <returns>Shape (1).</returns>
    /// <exception cref="ArgumentException">The numbers of rows differ, or there are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of range.</exception>
    public static Tensor SoftmaxCrossEntropy(Tensor logits, Indices labels) =>
        SoftmaxCrossEntropy(logits, labels, of: null);

    /// <summary>What these rows contribute to the mean of more.</summary>
    /// <inheritdoc cref="SoftmaxCrossEntropy(Tensor, Indices)"/>
    /// <param name="logits">Unnormalised log-probabilities (rows, classes).</param>
    /// <param name="labels">The right class of each row, in the order of the rows, 0 ≤ label &lt; classes.</param>
    /// <param name="of">The rows that the mean is of; null for those that there are.</param>
    /// <returns>Shape (1), or (shards) where the labels are cut into such.</returns>
    internal static Tensor SoftmaxCrossEntropy(Tensor logits, Indices labels, int? of)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        if (logits.Shape.Rank != 2 || logits.Shape[0] != labels.Count || labels.Count == 0)
        {
            throw new ArgumentException(
                $"Cross-entropy needs logits (rows, classes) and as many labels as rows, at least one; "
                    + $"shape {logits.Shape} and {labels.Count} labels do not fit.",
                nameof(labels)
            );
        }
        labels.RequireBelow(logits.Shape[1], nameof(labels));
        var loss = Uninitialized(logits.Device, labels.Shards == 1 ? s_scalar : new Shape(labels.Shards));
        return TensorPool.Rent<SoftmaxCrossEntropyOperator>().Apply(logits, labels, of ?? labels.Count, loss);
    }

    /// <summary>−ln softmax(logits)[label] of each row, in nats; nothing is recorded for a gradient.</summary>
    /// <param name="logits">Unnormalised log-probabilities (rows, classes).</param>
    /// <param name="labels">The right class of each row.</param>
    /// <returns>Shape (rows).</returns>
    internal static Tensor CrossEntropies(Tensor logits, Indices labels)
    {
        var losses = Uninitialized(logits.Device, new Shape(labels.Count));
        var gradient = TensorPool.Rent(logits.Device, logits.Count);
        logits.Device.Run(
            new CrossEntropy
            {
                Logits = logits.Values,
                Labels = labels.Values,
                Losses = losses.Values,
                Gradient = gradient.Values,
                Scale = 1,
            }
        );
        gradient.Release();
        return losses;
    }

    /// <summary>The mean of (prediction − target)²; dprediction = dy·2·(prediction − target) / count.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <returns>Shape (1).</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor SquaredLoss(Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        if (prediction.Shape != target.Shape)
        {
            throw new ArgumentException(
                $"The squared loss needs one shape, not {prediction.Shape} and {target.Shape}.",
                nameof(target)
            );
        }
        var difference = prediction - target;
        return (difference * difference).Mean();
    }
}

/// <summary>
/// The operator of <see cref="Tensor.SoftmaxCrossEntropy(Tensor, Indices)"/>; the gradient comes with the loss, because
/// both need the exponentials.
/// </summary>
internal sealed class SoftmaxCrossEntropyOperator : Operator
{
    private Tensor _logits = null!; // (rows, classes)
    private Indices _labels = null!; // (rows)
    private int _of; // rows that the mean is of
    private Storage _losses = null!; // (rows)
    private Storage _gradient = null!; // (rows, classes), of the mean
    private GradientSlot _dLogits;

    public override RowLayout Layout
    {
        get
        {
            var classes = _logits.Shape[1];
            return _labels.Columns == 1 ? new(1, _labels.Rows, classes) : new(_labels.Rows, _labels.Columns, classes);
        }
    }

    public override bool IsByRows => false;

    protected override int ShardsOfIndices => _labels.Shards;

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(Tensor logits, Indices labels, int of, Tensor loss)
    {
        (_logits, _labels, _of) = (logits, labels, of);
        _losses = TensorPool.Rent(logits.Device, labels.Count);
        _gradient = TensorPool.Rent(logits.Device, logits.Count);
        return Apply(loss, logits);
    }

    public override void Forward(int start, int count)
    {
        var classes = _logits.Shape[1];
        foreach (var (first, length) in Layout.Of(start, count))
        {
            Device.Run(
                new CrossEntropy
                {
                    Logits = _logits.Values.Slice(first, length),
                    Labels = _labels.Values.Slice(first / classes, length / classes),
                    Losses = _losses.Slice(first / classes, length / classes),
                    Gradient = _gradient.Slice(first, length),
                    Scale = 1f / _of,
                }
            );
        }
    }

    public override void Backward(int start, int count)
    {
        foreach (var (first, length) in Layout.Of(start, count))
        {
            if (!IsRoot)
            {
                var gradient = _gradient.Slice(first, length);
                Device.Run(new Scale(gradient, DY.Values, gradient));
            }
            _dLogits.Add(first, length);
        }
    }

    protected override void EndForward()
    {
        var (losses, shards) = (_losses, _labels.Shards);
        if (shards > 1)
        {
            losses = TensorPool.Rent(Device, _labels.Count); // (shards, T, rows of a shard)
            var rows = _labels.Columns / shards;
            for (var shard = 0; shard < shards; shard++)
            {
                var from = _losses.Values.Columns(shard * rows, rows, _labels.Columns);
                var to = losses.Slice(shard * rows * _labels.Rows, rows * _labels.Rows);
                Device.RunLast(new CopyRows(from, _labels.Columns, to, rows, _labels.Rows, rows));
            }
            _losses.Release();
        }
        var count = _labels.Count / shards;
        for (var shard = 0; shard < shards; shard++)
        {
            Device.RunLast(new Sum(losses.Slice(shard * count, count), Result.Values.Slice(shard, 1), Divisor: _of));
        }
        losses.Release();
    }

    protected override void BeginBackward() => _dLogits = GradientSlot.Same(_logits, _gradient);

    protected override void EndBackward()
    {
        _dLogits.Close();
        _gradient.Release();
    }
}
