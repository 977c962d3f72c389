using Recurrent.Formats.Safetensors;
using Recurrent.Tensors;

namespace Recurrent.Formats.Onnx;

/// <summary>An operator of ONNX that is a recurrent layer of a cell.</summary>
/// <param name="Operator">Its name.</param>
/// <param name="Gates">PyTorch's gates in ONNX's order.</param>
/// <param name="Attributes">The attributes that make it compute as PyTorch does.</param>
internal sealed record OnnxRecurrence(string Operator, int[] Gates, (string Name, object Value)[] Attributes)
{
    // A row for each cell that ONNX has an operator for.
    private static readonly Dictionary<string, OnnxRecurrence> s_byCell = new(StringComparer.Ordinal)
    {
        ["rnn"] = new("RNN", [0], []), // tanh
        // r, z, n to z, r, h; the reset gate after the recurrent product.
        ["gru"] = new("GRU", [1, 0, 2], [("linear_before_reset", 1)]),
        ["lstm"] = new("LSTM", [0, 3, 1, 2], []), // i, f, g, o to i, o, f, c
    };

    /// <summary>The operator of a cell.</summary>
    /// <exception cref="FormatError">ONNX has none.</exception>
    public static OnnxRecurrence Of(string cell) =>
        s_byCell.GetValueOrDefault(cell)
        ?? throw new FormatError(
            $"ONNX has no operator for the cell {cell}",
            $"export a model of {string.Join(", ", s_byCell.Keys)}, "
                + "or read the weights from the model file, which is a safetensors file"
        );

    /// <summary>A layer's weights as the operator takes them.</summary>
    /// <param name="weights">The model's, by name.</param>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="directions">1 or 2.</param>
    /// <returns>W (D, G·H, I), R (D, G·H, H) and B (D, 2·G·H).</returns>
    /// <exception cref="OverflowException">One would have more values than a tensor can.</exception>
    public (Tensor W, Tensor R, Tensor B) Weights(
        IReadOnlyDictionary<string, Tensor> weights,
        int layer,
        int directions
    )
    {
        Tensor[] Of(string name) =>
            [
                .. Enumerable
                    .Range(0, directions)
                    .Select(direction => weights[$"rnn.{name}_l{layer}{(direction == 0 ? "" : "_reverse")}"]),
            ];

        var (input, recurrent) = (Of("weight_ih"), Of("weight_hh"));
        var biases = Of("bias_ih").Zip(Of("bias_hh"), (ih, hh) => (Tensor[])[ih, hh]).SelectMany(both => both);
        return (
            Stack(input, directions, input[0].Shape[0], input[0].Shape[1]),
            Stack(recurrent, directions, recurrent[0].Shape[0], recurrent[0].Shape[1]),
            Stack([.. biases], directions, 2 * input[0].Shape[0])
        );
    }

    /// <summary>Tensors one after another, each with its gates in order.</summary>
    private Tensor Stack(Tensor[] parts, params ReadOnlySpan<int> shape)
    {
        var stacked = new float[new Shape(shape).Count];
        var left = stacked.AsSpan();
        foreach (var part in parts)
        {
            var (values, size) = (part.ToArray(), part.Count / Gates.Length);
            foreach (var gate in Gates)
            {
                values.AsSpan(gate * size, size).CopyTo(left);
                left = left[size..];
            }
        }
        return Tensor.From(stacked, shape);
    }
}
