using System.Text;
using Recurrent.Formats;
using Recurrent.Tests.Formats.Onnx;

namespace Recurrent.Tests.Formats;

/// <summary>ONNX models that cannot be imported, each refused in one sentence that names the reason.</summary>
public sealed class WrongOnnxTests : IDisposable
{
    private const int V = 5;
    private const int H = 3;
    private const string Otherwise =
        "; export a model of tokens or one-hot vectors, RNN, GRU or LSTM layers and a linear output.";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Layers =>
        new()
        {
            {
                "reverse",
                "operator LSTM \"LSTM\" cannot be read: its direction is reverse; train a model that reads forward, "
                    + "or in both directions."
            },
            {
                "clip",
                "operator LSTM \"LSTM\" cannot be read: it clips what its gates read (clip = 3); train it without."
            },
            {
                "input_forget",
                "operator LSTM \"LSTM\" cannot be read: its input and forget gates are coupled (input_forget = 1); "
                    + "train it without."
            },
            {
                "activations",
                "operator LSTM \"LSTM\" cannot be read: its activations are HardSigmoid, Tanh, Tanh and those here "
                    + "are Sigmoid, Tanh, Tanh; train it with those."
            },
            {
                "sequence_lens",
                "operator LSTM \"LSTM\" cannot be read: it reads rows of different lengths (sequence_lens); export "
                    + "it without the lengths of rows."
            },
            { "peepholes", "operator LSTM \"LSTM\" cannot be read: it has peepholes; train it without them." },
            {
                "initial_h",
                "operator LSTM \"LSTM\" cannot be read: it starts from a h of its own that is not zeros; train a "
                    + "model that starts from zeros."
            },
            {
                "hidden_size",
                "operator LSTM \"LSTM\" cannot be read: its weights have the shapes W (1, 12, 4), R (1, 12, 3) and "
                    + "B (1, 24), which do not fit 4 hidden units and 1 directions"
                    + Otherwise
            },
        };

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_that_computes_what_ours_do_not(string what, string problem)
    {
        var graph = new OnnxBuilder { NamesNodesByType = true };
        var x = Embedded(graph);
        string[] operands =
        [
            x,
            graph.Constant(new float[12 * 4], [1, 12, 4]),
            graph.Constant(new float[12 * H], [1, 12, H]),
            graph.Constant(new float[24], [1, 24]),
            what == "sequence_lens" ? graph.Constant(3, 2) : "",
            graph.Constant([what == "initial_h" ? 1f : 0, 0, 0], [1, 1, H]),
            graph.Constant(new float[H], [1, 1, H]),
            what == "peepholes" ? graph.Constant([.. Enumerable.Repeat(1f, 9)], [1, 9]) : "",
        ];
        (string, object) attribute = what switch
        {
            "reverse" => ("direction", "reverse"),
            "clip" => ("clip", 3f),
            "input_forget" => ("input_forget", 1),
            "activations" => ("activations", (string[])["HardSigmoid", "Tanh", "Tanh"]),
            _ => ("hidden_size", what == "hidden_size" ? 4 : H),
        };
        AssertRefused(graph, Logits(graph, graph.Node("LSTM", operands, attribute)), problem);
    }

    [Fact]
    public void Layers_of_which_one_resets_before_the_recurrent_product_and_one_after()
    {
        var graph = new OnnxBuilder { NamesNodesByType = true };
        var x = Squeezed(graph, Layer(graph, "GRU", Embedded(graph), 4, H));
        var y = graph.Node(
            "GRU",
            [x, graph.Constant(new float[27], [1, 9, H]), graph.Constant(new float[27], [1, 9, H])],
            ("hidden_size", H)
        );
        AssertRefused(
            graph,
            Logits(graph, Squeezed(graph, y)),
            "layers are of 3 gru units and 3 gru-reset-before units; train a model whose layers are alike."
        );
    }

    [Theory]
    [InlineData("Relu", "operator Relu \"Relu\" cannot be read: it is not one that Recurrent has")]
    [InlineData("Add", "operator Add \"Add\" cannot be read: it adds constants to other than vectors or logits")]
    [InlineData(
        "second",
        "operator MatMul \"MatMul\" cannot be read: it is a second linear map after the recurrent layers"
    )]
    [InlineData("first step", "operator Gather \"Gather\" cannot be read: it takes a part of the values")]
    [InlineData(
        "view",
        "operator Reshape \"Reshape\" cannot be read: it cuts the values into axes that mix time, batch or features"
    )]
    [InlineData(
        "transposed",
        "operator RNN \"RNN\" cannot be read: its steps are not those of the layer below, or it reads what comes after the output"
    )]
    [InlineData("units", "layers are of 3 rnn units and 2 rnn units")]
    [InlineData("cells", "layers are of 3 rnn units and 3 gru units")]
    [InlineData("vocabulary", "")]
    [InlineData("no output", "")]
    public void A_graph_that_is_another(string what, string problem)
    {
        var graph = new OnnxBuilder { NamesNodesByType = true };
        var h = Squeezed(graph, Layer(graph, "RNN", Embedded(graph), 4, H));
        var x = what switch
        {
            "Relu" => graph.Node("Relu", [h]),
            "Add" => graph.Node("Add", [h, graph.Constant([1f, 2, 3], [H])]),
            "second" => graph.Node("MatMul", [h, graph.Constant(new float[9], [H, H])]),
            "first step" => graph.Node("Gather", [h, graph.Constant([0], [])], ("axis", 0)),
            "view" => graph.Node("Reshape", [h, graph.Constant(2, -1, H)]),
            "transposed" => Squeezed(
                graph,
                Layer(graph, "RNN", graph.Node("Transpose", [h], ("perm", (int[])[1, 0, 2])), H, H)
            ),
            "units" => Squeezed(graph, Layer(graph, "RNN", h, H, 2)),
            "cells" => Squeezed(graph, Layer(graph, "GRU", h, H, H)),
            _ => h,
        };
        var features = what == "units" ? 2 : H;
        switch (what)
        {
            case "vocabulary":
                var logits = graph.Node("MatMul", [x, graph.Constant(new float[H * 7], [H, 7])]);
                AssertRefusedWhole(graph, logits, "it reads 5 different tokens and gives logits of 7" + Otherwise);
                break;
            case "no output":
                AssertRefusedWhole(
                    graph,
                    x,
                    "none of its outputs comes from a linear layer after recurrent ones" + Otherwise
                );
                break;
            case "units" or "cells":
                AssertRefused(graph, Logits(graph, x, features), problem + "; train a model whose layers are alike.");
                break;
            default:
                AssertRefused(graph, Logits(graph, x, features), problem + Otherwise);
                break;
        }
    }

    [Theory]
    [InlineData(6, "its operators are of opset 6 and Recurrent reads 7 to 25; export the model with opset 17.")]
    [InlineData(26, "its operators are of opset 26 and Recurrent reads 7 to 25; export the model with opset 17.")]
    public void An_opset_of_other_operators(int opset, string problem)
    {
        var graph = new OnnxBuilder { NamesNodesByType = true };
        graph.Output(Logits(graph, Layer(graph, "RNN", Embedded(graph), 4, H)), 3);
        AssertRefused(graph.ToBytes(opset), problem);
    }

    [Theory]
    [InlineData(
        "a text",
        "it is not an ONNX file, or it is damaged: a field takes 8 bytes and 5 are left; name an ONNX file, or export the model again."
    )]
    [InlineData(
        "\u0008\u0001",
        "it is not an ONNX file, or it is damaged: it has no graph; name an ONNX file, or export the model again."
    )]
    public void A_file_that_is_no_model(string content, string problem) =>
        AssertRefused(Encoding.UTF8.GetBytes(content), problem);

    [Theory]
    [InlineData(
        "../weights.bin",
        "is in a file outside of its folder, \"../weights.bin\"; copy the file again or train the model again."
    )]
    [InlineData(
        "/etc/passwd",
        "is in a file outside of its folder, \"/etc/passwd\"; copy the file again or train the model again."
    )]
    [InlineData("other.bin", "is in a file \"other.bin\", which is not beside it; copy that file there too.")]
    public void Weights_of_a_file_that_is_elsewhere(string location, string problem)
    {
        var graph = new OnnxBuilder { ExternalName = location };
        var tokens = graph.Input("tokens", 7, "steps", "batch");
        var table = graph.Constant(new float[20], [V, 4], OnnxBuilder.Storage.External);
        var x = graph.Node("Gather", [table, tokens]);
        graph.Output(Logits(graph, Layer(graph, "RNN", x, 4, H)), 3);
        AssertRefused(graph.ToBytes(17), "its constant \"weight_1\" " + problem);
    }

    [Fact]
    public void Weights_behind_the_end_of_their_file()
    {
        var graph = new OnnxBuilder { NamesNodesByType = true };
        var tokens = graph.Input("tokens", 7, "steps", "batch");
        var x = graph.Node("Gather", [graph.Constant(new float[20], [V, 4], OnnxBuilder.Storage.External), tokens]);
        graph.Output(Logits(graph, Layer(graph, "RNN", x, 4, H)), 3);
        File.WriteAllBytes(_folder["weights.bin"], new byte[79]);
        AssertRefused(
            graph.ToBytes(17),
            "its constant \"weight_1\" is said to take 80 bytes from byte 0 of \"weights.bin\", which has 79; copy the "
                + "file again or train the model again."
        );
    }

    [Fact]
    public void Weights_that_are_not_numbers()
    {
        var graph = new OnnxBuilder { NamesNodesByType = true };
        var h = Squeezed(graph, Layer(graph, "RNN", Embedded(graph), 4, H));
        var weight = new float[H * V];
        weight[4] = float.NaN;
        graph.Output(graph.Node("MatMul", [h, graph.Constant(weight, [H, V])]), 3);
        AssertRefused(
            graph.ToBytes(17),
            "value 12 of its parameter \"linear.weight\" is NaN, not a finite number; export weights that are finite "
                + "numbers."
        );
    }

    private static string Embedded(OnnxBuilder graph) =>
        graph.Node("Gather", [graph.Constant(new float[V * 4], [V, 4]), graph.Input("tokens", 7, "steps", "batch")]);

    private static string Layer(OnnxBuilder graph, string cell, string x, int inputs, int hidden)
    {
        var gates = cell == "GRU" ? 3 : 1;
        string[] operands =
        [
            x,
            graph.Constant(new float[gates * hidden * inputs], [1, gates * hidden, inputs]),
            graph.Constant(new float[gates * hidden * hidden], [1, gates * hidden, hidden]),
        ];
        return graph.Node(cell, operands, ("hidden_size", hidden), ("linear_before_reset", 1));
    }

    private static string Squeezed(OnnxBuilder graph, string y) => graph.Node("Squeeze", [y, graph.Constant(1)]);

    private static string Logits(OnnxBuilder graph, string h, int features = H) =>
        graph.Node("MatMul", [h, graph.Constant(new float[features * V], [features, V])]);

    private void AssertRefused(OnnxBuilder graph, string output, string problem) =>
        AssertRefusedWhole(graph, output, "its " + problem);

    private void AssertRefusedWhole(OnnxBuilder graph, string output, string problem)
    {
        graph.Output(output, 3);
        AssertRefused(graph.ToBytes(17), problem);
    }

    private void AssertRefused(byte[] file, string problem)
    {
        File.WriteAllBytes(_folder["model.onnx"], file);
        File.WriteAllText(_folder["vocab.json"], """{"tokens":["a","b","c","d","e"]}""");
        var error = Assert.Throws<ModelFileException>(() =>
            TrainedModel.ImportOnnx(_folder["model.onnx"], _folder["vocab.json"])
        );
        Assert.Equal($"Cannot read {_folder["model.onnx"]}: {problem}", error.Message);
    }
}
