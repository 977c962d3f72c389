namespace Recurrent.Tensors;

// Two directions of a sequence become one.
public sealed partial class Tensor
{
    /// <summary>Each vector of the left tensor followed by that of the right one; dleft and dright are the parts of dy.</summary>
    /// <param name="left">(…, m).</param>
    /// <param name="right">(…, n), on the outer axes as long as the left.</param>
    /// <returns>(…, m + n).</returns>
    internal static Tensor SideBySide(Tensor left, Tensor right)
    {
        var (m, n) = (left.Shape[-1], right.Shape[-1]);
        var y = Result(left.Shape.With(-1, m + n), left, right);
        var rows = y.Count / (m + n);
        CopyRows(left.Values, m, 0, y.WritableSpan, m + n, 0, rows, m);
        CopyRows(right.Values, n, 0, y.WritableSpan, m + n, m, rows, n);
        return y.WithDerivative(
            static (y, dy) =>
            {
                var (left, right) = (y._operands[0], y._operands[1]);
                PassPart(left, dy, y.Shape[-1], 0);
                PassPart(right, dy, y.Shape[-1], left.Shape[-1]);
            }
        );
    }

    /// <summary>Passes the part of each row that starts at <paramref name="start"/> on to its operand.</summary>
    private static void PassPart(Tensor operand, Storage dy, int rowLength, int start)
    {
        if (operand.RequiresGradient)
        {
            var width = operand.Shape[-1];
            var gradient = TensorPool.Rent(operand.Count);
            CopyRows(dy.Values, rowLength, start, gradient.Values, width, 0, operand.Count / width, width);
            operand.AddGradient(gradient);
            gradient.Release();
        }
    }
}
