using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats;

/// <summary>An operator of ONNX that is a recurrent layer.</summary>
/// <param name="Operator">Its name.</param>
/// <param name="Gates">PyTorch's gates in ONNX's order.</param>
/// <param name="State">What it carries from step to step.</param>
/// <param name="Attributes">What makes it compute as PyTorch does.</param>
internal sealed record OnnxRecurrence(
    string Operator,
    int[] Gates,
    string[] State,
    (string Name, object Value)[] Attributes
)
{
    /// <summary>The operator of a kind of model.</summary>
    /// <exception cref="FormatError">ONNX has none.</exception>
    public static OnnxRecurrence Of(string kind) =>
        kind switch
        {
            "rnn" => new("RNN", [0], ["h"], []), // tanh
            // r, z, n to z, r, h; the reset gate after the recurrent product.
            "gru" => new("GRU", [1, 0, 2], ["h"], [("linear_before_reset", 1)]),
            "lstm" => new("LSTM", [0, 3, 1, 2], ["h", "c"], []), // i, f, g, o to i, o, f, c
            _ => throw new FormatError(
                $"ONNX has no operator for a {kind} layer",
                "export an rnn, gru or lstm"
            ),
        };

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
        var biases = Of("bias_ih")
            .Zip(Of("bias_hh"), (ih, hh) => (Tensor[])[ih, hh])
            .SelectMany(both => both);
        return (
            Stack(input, directions, input[0].Shape[0], input[0].Shape[1]),
            Stack(recurrent, directions, recurrent[0].Shape[0], recurrent[0].Shape[1]),
            Stack([.. biases], directions, 2 * input[0].Shape[0])
        );
    }

    /// <summary>Tensors one after the other, each with its gates in order.</summary>
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
