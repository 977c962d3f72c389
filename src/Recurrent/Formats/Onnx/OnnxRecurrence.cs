using Recurrent.Formats.Safetensors;
using Recurrent.Tensors;

namespace Recurrent.Formats.Onnx;

/// <summary>An operator of ONNX that is a recurrent layer of a cell.</summary>
/// <param name="Operator">Its name.</param>
/// <param name="Gates">PyTorch's gates in ONNX's order.</param>
/// <param name="Activations">
/// Its activation functions; the first row of an operator has those that it has by itself.
/// </param>
/// <param name="Attributes">The attributes that make it this cell, on or off.</param>
internal sealed record OnnxRecurrence(
    string Operator,
    int[] Gates,
    string[] Activations,
    (string Name, bool IsOn)[] Attributes
)
{
    // A row for each cell that ONNX has an operator for.
    private static readonly Dictionary<string, OnnxRecurrence> s_byCell = new(StringComparer.Ordinal)
    {
        ["rnn"] = new("RNN", [0], ["Tanh"], []),
        ["rnn-relu"] = new("RNN", [0], ["Relu"], []),
        // r, z, n to z, r, h; the reset gate after or before the recurrent product.
        ["gru"] = new("GRU", [1, 0, 2], ["Sigmoid", "Tanh"], [("linear_before_reset", true)]),
        ["gru-reset-before"] = new("GRU", [1, 0, 2], ["Sigmoid", "Tanh"], [("linear_before_reset", false)]),
        ["lstm"] = new("LSTM", [0, 3, 1, 2], ["Sigmoid", "Tanh", "Tanh"], []), // i, f, g, o to i, o, f, c
    };

    /// <summary>The attributes of a layer of one or two directions.</summary>
    public IEnumerable<(string Name, object Value)> AttributesOf(int directions)
    {
        foreach (var (name, isOn) in Attributes)
        {
            yield return (name, isOn ? 1 : 0);
        }
        if (!Activations.SequenceEqual(RowsOf(Operator)[0].Activations))
        {
            yield return ("activations", Repeated(directions));
        }
    }

    /// <summary>The cell that the operator is a layer of.</summary>
    public string Cell => s_byCell.Single(row => row.Value == this).Key;

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

    /// <summary>The cell of an operator that is read.</summary>
    /// <param name="node">The operator.</param>
    /// <param name="directions">1 or 2, each with its activation functions.</param>
    /// <exception cref="FormatError">It computes what no cell does.</exception>
    public static OnnxRecurrence Of(OnnxNode node, int directions)
    {
        var rows = RowsOf(node.Operator);
        var activations = node.Texts("activations") ?? rows[0].Repeated(directions);
        var kind =
            Array.Find(
                rows,
                row =>
                    row.Repeated(directions).SequenceEqual(activations, StringComparer.OrdinalIgnoreCase)
                    && Array.TrueForAll(row.Attributes, with => node.Integer(with.Name, 0) != 0 == with.IsOn)
            )
            ?? throw new FormatError(
                $"its activations are {FormatError.OneLine(string.Join(", ", activations))} and those here are "
                    + string.Join(" or ", rows.Select(row => string.Join(", ", row.Activations)).Distinct()),
                "train it with those"
            );
        if (node.Float("clip", 0) != 0)
        {
            throw new FormatError($"it clips what its gates read (clip = {node.Float("clip", 0)})", "train it without");
        }
        return node.Integer("input_forget", 0) == 0
            ? kind
            : throw new FormatError("its input and forget gates are coupled (input_forget = 1)", "train it without");
    }

    /// <summary>The parameters of a layer under their names here, which <see cref="Weights"/> makes again.</summary>
    /// <param name="layer">The layer's weights as the operator takes them.</param>
    /// <param name="place">The layer, from 0.</param>
    public IEnumerable<(string Name, float[] Values)> Parameters(OnnxLayer layer, int place)
    {
        var biases = layer.B?.Values ?? new float[2 * layer.Directions * Gates.Length * layer.Hidden];
        for (var direction = 0; direction < layer.Directions; direction++)
        {
            var suffix = $"_l{place}{(direction == 0 ? "" : "_reverse")}";
            yield return ("rnn.weight_ih" + suffix, Unstack(layer.W.Values, direction, layer.Directions));
            yield return ("rnn.weight_hh" + suffix, Unstack(layer.R.Values, direction, layer.Directions));
            yield return ("rnn.bias_ih" + suffix, Unstack(biases, 2 * direction, 2 * layer.Directions));
            yield return ("rnn.bias_hh" + suffix, Unstack(biases, (2 * direction) + 1, 2 * layer.Directions));
        }
    }

    private static OnnxRecurrence[] RowsOf(string operation) =>
        [.. s_byCell.Values.Where(row => row.Operator == operation)];

    private string[] Repeated(int directions) =>
        [.. Enumerable.Repeat(Activations, directions).SelectMany(names => names)];

    /// <summary>One of several tensors that stand one after another, with its gates in PyTorch's order.</summary>
    private float[] Unstack(float[] stacked, int part, int parts)
    {
        var values = new float[stacked.Length / parts];
        var size = values.Length / Gates.Length;
        for (var gate = 0; gate < Gates.Length; gate++)
        {
            stacked.AsSpan((part * values.Length) + (gate * size), size).CopyTo(values.AsSpan(Gates[gate] * size));
        }
        return values;
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
