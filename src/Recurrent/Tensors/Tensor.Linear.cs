namespace Recurrent.Tensors;

// The affine map of a layer, and the rows of a table.
public sealed partial class Tensor
{
    /// <summary>x·Wᵀ + b; dx = dy·W, dW = dyᵀ·x, db = the sum of dy's rows.</summary>
    /// <param name="x">(…, k).</param>
    /// <param name="weight">W (n, k), as PyTorch keeps it.</param>
    /// <param name="bias">b (n).</param>
    /// <returns>(…, n).</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor bias)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(bias);
        if (
            weight.Shape.Rank != 2
            || x.Shape.Rank < 2
            || x.Shape[-1] != weight.Shape[1]
            || bias.Shape != new Shape(weight.Shape[0])
        )
        {
            throw new ArgumentException(
                $"A linear map needs (…, k), (n, k) and (n); {x.Shape}, {weight.Shape} and {bias.Shape} do not fit.",
                nameof(weight)
            );
        }
        var (n, k) = (weight.Shape[0], weight.Shape[1]);
        var m = x.Shape.Around(x.Shape.Rank - 1).Outer;
        var y = Result(x.Shape.With(-1, n), x, weight, bias);
        for (var row = 0; row < m; row++)
        {
            bias.Values.CopyTo(y.WritableSpan.Slice(row * n, n));
        }
        Tier.Multiply(
            Team,
            x.Values,
            false,
            weight.Packed(transposed: true),
            y.WritableSpan,
            m,
            n,
            k,
            add: true
        );
        return y.WithDerivative(
            static (y, dy) =>
            {
                var (x, weight, bias) = (y._operands[0], y._operands[1], y._operands[2]);
                var (n, k) = (weight.Shape[0], weight.Shape[1]);
                var m = x.Count / k;
                if (x.RequiresGradient)
                {
                    var dx = x.GradientTarget(out var add);
                    Tier.Multiply(Team, dy.Values, false, weight.Packed(transposed: false), dx, m, k, n, add);
                }
                if (weight.RequiresGradient)
                {
                    AddProduct(dy.Values, x.Values, m, weight.GradientTarget(out var add), n, k, add);
                }
                if (bias.RequiresGradient)
                {
                    var db = bias.GradientTarget(out var add);
                    Tier.SumRows(Team, dy.Values, db, add);
                }
            }
        );
    }

    /// <summary>Rows of a table: what a one-hot matrix times the table gives. The gradient adds up at each row.</summary>
    /// <param name="table">(entries, n).</param>
    /// <param name="indices">0 ≤ index &lt; entries.</param>
    /// <returns>(number of indices, n).</returns>
    /// <exception cref="ArgumentException">The table is no matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public static Tensor Lookup(Tensor table, ReadOnlySpan<int> indices)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (table.Shape.Rank != 2)
        {
            throw new ArgumentException($"A table is a matrix, not of shape {table.Shape}.", nameof(table));
        }
        var (entries, n) = (table.Shape[0], table.Shape[1]);
        var kept = TensorPool.RentIndices(indices.Length);
        indices.CopyTo(kept);
        var y = Result(new Shape(kept.Length, n), table);
        for (var i = 0; i < kept.Length; i++)
        {
            if ((uint)kept[i] >= (uint)entries)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(indices),
                    kept[i],
                    $"Index {i} must be 0 to {entries - 1}."
                );
            }
            table.Values.Slice(kept[i] * n, n).CopyTo(y.WritableSpan.Slice(i * n, n));
        }
        y._memory = kept;
        return y.WithDerivative(
            static (y, dy) =>
            {
                var table = y._operands[0];
                var target = table.GradientTarget(out var add);
                if (!add)
                {
                    target.Clear();
                }
                Tier.AddRows(Team, dy.Values, (int[])y._memory!, target, table.Shape[1]);
            }
        );
    }
}
