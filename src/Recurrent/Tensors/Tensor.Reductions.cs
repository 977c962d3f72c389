namespace Recurrent.Tensors;

// From many values to one.
public sealed partial class Tensor
{
    /// <summary>The sum of all elements, in a fixed order; dx = dy everywhere.</summary>
    /// <returns>Shape (1).</returns>
    public Tensor Sum() => ScaledSum(1.0);

    /// <summary>The mean of all elements; dx = dy / count everywhere. NaN for an empty tensor.</summary>
    /// <returns>Shape (1).</returns>
    public Tensor Mean() => ScaledSum(1.0 / Count);

    /// <summary>The index of the largest element of each row; the lowest of several. Not differentiable.</summary>
    /// <returns>One index for each row of the last axis.</returns>
    public int[] ArgMax()
    {
        var columns = Shape[-1];
        if (columns == 0)
        {
            throw new InvalidOperationException(
                $"Shape {Shape} has empty rows; there is no largest element."
            );
        }
        var indices = new int[Count / columns];
        for (var row = 0; row < indices.Length; row++)
        {
            var values = Values.Slice(row * columns, columns);
            var best = 0;
            for (var i = 1; i < values.Length; i++)
            {
                best = values[i] > values[best] ? i : best;
            }
            indices[row] = best;
        }
        return indices;
    }

    private Tensor ScaledSum(double scale)
    {
        var y = Result(s_scalar, this);
        y.WritableSpan[0] = (float)(Tier.Sum(Values) * scale);
        return y.WithDerivative(
            (_, dy) =>
            {
                var dx = TensorPool.Rent(Count);
                dx.Values.Fill((float)(dy.Values[0] * scale));
                AddGradient(dx);
                dx.Release();
            }
        );
    }
}
