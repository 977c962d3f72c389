using Recurrent.Kernels.Cells;
using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats.Onnx;

/// <summary>Writes a recurrent language model in ONNX's operators, batch first.</summary>
internal static class OnnxModel
{
    private const string Batch = "batch";
    private const string Steps = "steps";

    /// <summary>The graph of a model.</summary>
    /// <exception cref="OverflowException">A layer's weights are more values than a tensor can have.</exception>
    public static OnnxGraph Of(RecurrentLanguageModel model)
    {
        var configuration = model.Configuration;
        var weights = model.Parameters.ToDictionary(
            parameter => parameter.Name,
            parameter => parameter.Value,
            StringComparer.Ordinal
        );
        var graph = new OnnxGraph("recurrent");
        graph.TokenInput("tokens", Batch, Steps);
        graph.Node("Transpose", ["tokens"], ["time_major"], ("perm", (int[])[1, 0])); // (T, B)
        var x = configuration.EmbeddingSize > 0 ? Vectors(graph, weights) : OneHot(graph, configuration);
        x = Layers(graph, configuration, weights, x);
        graph.Node("Transpose", [x], ["features"], ("perm", (int[])[1, 0, 2])); // (B, T, D·H)
        var output = configuration.TiedWeights
            ? "embedding.weight"
            : graph.Constant("linear.weight", weights["linear.weight"]);
        graph.Node("Transpose", [output], ["output_weight"], ("perm", (int[])[1, 0])); // (D·H, V)
        graph.Node("MatMul", ["features", "output_weight"], ["product"]);
        var bias = graph.Constant("linear.bias", weights["linear.bias"]);
        graph.Node("Add", ["product", bias], ["logits"]);
        graph.Output("logits", Batch, Steps, configuration.VocabularySize);
        OutputState(graph, configuration);
        return graph;
    }

    /// <summary>(T, B, E).</summary>
    private static string Vectors(OnnxGraph graph, Dictionary<string, Tensor> weights)
    {
        var table = graph.Constant("embedding.weight", weights["embedding.weight"]);
        graph.Node("Gather", [table, "time_major"], ["vectors"]);
        return "vectors";
    }

    /// <summary>(T, B, V); the input weights of ONNX's operators take no indexes.</summary>
    private static string OneHot(OnnxGraph graph, ModelConfiguration configuration)
    {
        var entries = graph.Constant("entries", [configuration.VocabularySize]);
        var values = graph.Constant("off_and_on", Tensor.From([0, 1], 2));
        graph.Node("OneHot", ["time_major", entries, values], ["one_hot"]);
        return "one_hot";
    }

    /// <summary>
    /// (T, B, D·H) of the uppermost layer; and the states, to and from which layers of h and c are joined.
    /// </summary>
    private static string Layers(
        OnnxGraph graph,
        ModelConfiguration configuration,
        Dictionary<string, Tensor> weights,
        string x
    )
    {
        var (layers, hidden) = (configuration.Layers, configuration.HiddenSize);
        var directions = configuration.Recurrent.Directions;
        var kind = OnnxRecurrence.Of(configuration.Kind);
        var states = Cell.Named(configuration.Kind).States;
        foreach (var part in states)
        {
            graph.Input($"{part}_0", layers * directions, Batch, hidden);
            if (layers > 1)
            {
                var lengths = graph.Constant($"{part}_layers", [.. Enumerable.Repeat((long)directions, layers)]);
                graph.Node(
                    "Split",
                    [$"{part}_0", lengths],
                    [.. Enumerable.Range(0, layers).Select(layer => First(part, layer, layers))],
                    ("axis", 0)
                );
            }
        }
        var shape = graph.Constant("joined", [0, 0, configuration.Recurrent.OutputSize]);
        for (var layer = 0; layer < layers; layer++)
        {
            var (w, r, b) = kind.Weights(weights, layer, directions);
            string[] inputs =
            [
                x,
                graph.Constant($"rnn.W_l{layer}", w),
                graph.Constant($"rnn.R_l{layer}", r),
                graph.Constant($"rnn.B_l{layer}", b),
                "", // all rows are of the same length
                .. states.Select(part => First(part, layer, layers)),
            ];
            string[] outputs = [$"y_l{layer}", .. states.Select(part => Last(part, layer, layers))];
            graph.Node(
                kind.Operator,
                inputs,
                outputs,
                [
                    ("hidden_size", hidden),
                    ("direction", directions == 2 ? "bidirectional" : "forward"),
                    .. kind.AttributesOf(directions),
                ]
            );
            // (T, D, B, H) to (T, B, D·H)
            graph.Node("Transpose", [$"y_l{layer}"], [$"rows_l{layer}"], ("perm", (int[])[0, 2, 1, 3]));
            x = $"h_l{layer}";
            graph.Node("Reshape", [$"rows_l{layer}", shape], [x]);
        }
        return x;
    }

    private static void OutputState(OnnxGraph graph, ModelConfiguration configuration)
    {
        var layers = configuration.Layers;
        foreach (var part in Cell.Named(configuration.Kind).States)
        {
            if (layers > 1)
            {
                graph.Node(
                    "Concat",
                    [.. Enumerable.Range(0, layers).Select(layer => Last(part, layer, layers))],
                    [$"{part}_n"],
                    ("axis", 0)
                );
            }
            graph.Output($"{part}_n", layers * configuration.Recurrent.Directions, Batch, configuration.HiddenSize);
        }
    }

    /// <summary>A layer's part of the state (D, B, H) before the first step.</summary>
    private static string First(string part, int layer, int layers) => layers > 1 ? $"{part}_0_l{layer}" : $"{part}_0";

    /// <summary>A layer's part of the state (D, B, H) after the last step.</summary>
    private static string Last(string part, int layer, int layers) => layers > 1 ? $"{part}_n_l{layer}" : $"{part}_n";
}
