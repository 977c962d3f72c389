namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// Reads back the index of the largest element of each row; the lowest of several. Not differentiable.
    /// </summary>
    /// <returns>One index for each row of the last axis.</returns>
    /// <exception cref="InvalidOperationException">The rows are empty.</exception>
    public int[] ArgMax()
    {
        var columns = Shape[-1];
        if (columns == 0)
        {
            throw new InvalidOperationException($"Shape {Shape} has empty rows; there is no largest element.");
        }
        var all = ToArray();
        var indices = new int[Count / columns];
        for (var row = 0; row < indices.Length; row++)
        {
            var values = all.AsSpan(row * columns, columns);
            var best = 0;
            for (var i = 1; i < values.Length; i++)
            {
                best = values[i] > values[best] ? i : best;
            }
            indices[row] = best;
        }
        return indices;
    }
}
