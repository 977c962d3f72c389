using Recurrent.Formats;
using Recurrent.Randomness;
using Recurrent.Tests.Formats.Onnx;

namespace Recurrent.Tests.Formats;

/// <summary>
/// Models in the layouts of exporters that could not be run here. They are built after the exporters' sources, operator
/// by operator: tf2onnx (rewriter/lstm_tf2_rewriter.py, gru_tf2_rewriter.py), Paddle2ONNX (mapper/nn/rnn.cc) and
/// MindSpore (express_ir/onnx_exporter.cc). ONNX Runtime says what they compute.
/// </summary>
public sealed class OnnxExporterTests : IDisposable
{
    private const int V = 5;
    private const int H = 3;
    private const int Batch = 2;
    private const int Steps = 4;

    private readonly TemporaryFolder _folder = new();
    private readonly OnnxBuilder _graph = new();
    private readonly RandomStream _random = new(3, 0);
    private ulong _next;

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Keras: Embedding, two layers with return_sequences=True, Dense with softmax on three axes. A GRU has its reset
    /// gate before the recurrent product where it was a GRUCell, of one bias.
    /// </summary>
    [Theory]
    [InlineData("LSTM", null)]
    [InlineData("GRU", 1)]
    [InlineData("GRU", 0)]
    public void The_layout_of_tf2onnx(string cell, int? linearBeforeReset)
    {
        var tokens = _graph.Input("tokens", 1, "unk__1", "unk__2"); // Keras has tokens in float32
        var x = _graph.Node("Gather", [Weights(V, 4), _graph.Node("Cast", [tokens], ("to", 6))], ("axis", 0));
        for (var layer = 0; layer < 2; layer++)
        {
            var first = _graph.Node(
                "Slice",
                [_graph.Node("Cast", [_graph.Node("Shape", [x])], ("to", 7)), Number(0), Number(1), Number(0)]
            );
            var shape = _graph.Node("Concat", [first, Number(H)], ("axis", 0));
            var zeros = _graph.Node("Expand", [_graph.Constant([0f], [1]), shape]);
            string[] states =
            [
                .. Enumerable
                    .Range(0, cell == "LSTM" ? 2 : 1)
                    .Select(_ => _graph.Node("Unsqueeze", [zeros, Number(0)])),
            ];
            var steps = _graph.Node("Transpose", [x], ("perm", (int[])[1, 0, 2]));
            var y = Layer(cell, steps, layer == 0 ? 4 : H, states, linearBeforeReset);
            var squeezed = _graph.Node("Squeeze", [y, Number(1)]);
            x = _graph.Node("Transpose", [squeezed], ("perm", (int[])[1, 0, 2]));
        }
        // Dense on three axes is Tensordot: the free axes are multiplied and put back.
        var lengths = _graph.Node("Shape", [x]);
        var free = _graph.Node("Gather", [lengths, _graph.Constant(0, 1)], ("axis", 0));
        var inner = _graph.Node("Gather", [lengths, _graph.Constant(2)], ("axis", 0));
        var rows = _graph.Node("ReduceProd", [free], ("axes", (int[])[0]), ("keepdims", 0));
        var columns = _graph.Node("ReduceProd", [inner], ("axes", (int[])[0]), ("keepdims", 0));
        var flatShape = _graph.Node(
            "Concat",
            [_graph.Node("Unsqueeze", [rows, Number(0)]), _graph.Node("Unsqueeze", [columns, Number(0)])],
            ("axis", 0)
        );
        var flat = _graph.Node("Reshape", [x, flatShape]);
        var product = _graph.Node("MatMul", [flat, Weights(H, V)]);
        var all = _graph.Node("Concat", [free, _graph.Constant(V)], ("axis", 0));
        var logits = _graph.Node("Add", [_graph.Node("Reshape", [product, all]), Weights(V)]);
        _graph.Node("Softmax", [logits], ["probabilities"], ("axis", -1));
        _graph.Output("probabilities", 3);
        _graph.Node("Identity", [logits], ["logits"]);
        _graph.Output("logits", 3);
        AssertAgrees(opset: 15, tokens => tokens.Select(token => (float)token).ToArray(), isBatchFirst: true);
    }

    /// <summary>Keras: one-hot vectors, one layer with return_sequences=False, Dense; the last step alone.</summary>
    [Fact]
    public void The_layout_of_tf2onnx_for_the_last_step()
    {
        var input = _graph.Input("tokens", 1, "unk__1", Steps, V);
        var x = _graph.Node("Transpose", [input], ("perm", (int[])[1, 0, 2]));
        var y = _graph.Node("Squeeze", [Layer("LSTM", x, V, [], null), Number(1)]);
        var last = _graph.Node("Slice", [y, Number(-1), Number(int.MaxValue), Number(0)]);
        var h = _graph.Node("Squeeze", [last, Number(0)]);
        _graph.Node("Gemm", [h, Weights(H, V), Weights(V)], ["logits"]);
        _graph.Output("logits", 2);
        AssertAgrees(opset: 13, OneHot, isBatchFirst: true, isLast: true, V);
    }

    /// <summary>Paddle: weights cut and joined in the graph, states that the caller hands in.</summary>
    [Theory]
    [InlineData("LSTM", 1)]
    [InlineData("LSTM", 2)]
    [InlineData("GRU", 2)]
    public void The_layout_of_Paddle2ONNX(string cell, int directions)
    {
        const int layers = 2;
        int[][] order =
            cell == "LSTM"
                ?
                [
                    [0, 1],
                    [3, 4],
                    [1, 3],
                ]
                :
                [
                    [1, 2],
                    [0, 1],
                    [2, 3],
                ];
        var gates = cell == "LSTM" ? 4 : 3;
        var tokens = _graph.Input("tokens", 7, "batch", "steps");
        var embedded = _graph.Node("Gather", [Weights(V, 4), tokens], ("axis", 0));
        var x = _graph.Node("Transpose", [embedded], ("perm", (int[])[1, 0, 2]));
        string[] names = cell == "LSTM" ? ["h", "c"] : ["h"];
        string[] given = [.. names.Select(name => _graph.Input(name, 1, layers * directions, "batch", H))];
        for (var layer = 0; layer < layers; layer++)
        {
            var size = layer == 0 ? 4 : directions * H;
            var w = Reformed([gates * H, size]);
            var r = Reformed([gates * H, H]);
            var biases = _graph.Node("Concat", [Reformed([gates * H]), Reformed([gates * H])], ("axis", 1));
            string[] states =
            [
                .. given.Select(state =>
                    _graph.Node(
                        "Slice",
                        [state, Number(layer * directions), Number((layer + 1) * directions), Number(0)]
                    )
                ),
            ];
            (string, object)[] attributes =
            [
                ("direction", directions == 2 ? "bidirectional" : "forward"),
                ("hidden_size", H),
                .. cell == "GRU" ? [("linear_before_reset", 1)] : ((string, object)[])[],
            ];
            var y = _graph.Node(cell, [x, w, r, biases, "", .. states], cell == "LSTM" ? 3 : 2, attributes)[0];
            var turned = _graph.Node("Transpose", [y], ("perm", (int[])[0, 2, 1, 3]));
            x = _graph.Node("Reshape", [turned, _graph.Constant(0, 0, -1)]);
        }
        var rows = _graph.Node("Transpose", [x], ("perm", (int[])[1, 0, 2]));
        var product = _graph.Node("MatMul", [rows, Weights(directions * H, V)]);
        _graph.Node("Add", [product, Weights(V)], ["logits"]);
        _graph.Output("logits", 3);
        var zeros = new float[layers * directions * Batch * H];
        AssertAgrees(
            opset: 11,
            tokens => tokens,
            isBatchFirst: true,
            states: [.. names.Select(name => (name, (object)zeros, (int[])[layers * directions, Batch, H]))]
        );

        string Reformed(int[] shape)
        {
            string[] both =
            [
                .. Enumerable
                    .Range(0, directions)
                    .Select(_ => _graph.Node("Unsqueeze", [Weights(shape)], ("axes", (int[])[0]))),
            ];
            var joined = _graph.Node("Concat", both, ("axis", 0));
            string[] parts =
            [
                .. order.Select(part =>
                    _graph.Node("Slice", [joined, Number(part[0] * H), Number(part[1] * H), Number(1)])
                ),
            ];
            return _graph.Node("Concat", parts, ("axis", 1));
        }
    }

    /// <summary>MindSpore on a CPU: all sizes fixed, all weights of a layer in one tensor, one bias.</summary>
    [Fact]
    public void The_layout_of_MindSpore()
    {
        var tokens = _graph.Input("tokens", 6, Batch, Steps);
        var ids = _graph.Node("Reshape", [tokens, _graph.Constant(-1)]);
        var vectors = _graph.Node("Gather", [Weights(V, 4), ids], ("axis", 0));
        var embedded = _graph.Node("Reshape", [vectors, _graph.Constant(Batch, Steps, 4)]);
        var x = _graph.Node("Transpose", [embedded], ("perm", (int[])[1, 0, 2]));
        for (var layer = 0; layer < 2; layer++)
        {
            var size = layer == 0 ? 4 : H;
            int[] lengths = [4 * H * size, 4 * H * H, 4 * H];
            var parts = _graph.Node("Split", [Weights(lengths.Sum())], 3, ("split", lengths), ("axis", 0));
            var bias = Made(parts[2], 1, 4 * H);
            var zeros = _graph.Node("ConstantOfShape", [_graph.Node("Shape", [bias])]);
            var biases = _graph.Node("Concat", [bias, zeros], ("axis", 1));
            var state = _graph.Constant(new float[Batch * H], [1, Batch, H]);
            string[] operands =
            [
                x,
                Made(parts[0], 1, 4 * H, size),
                Made(parts[1], 1, 4 * H, H),
                biases,
                "",
                state,
                state,
            ];
            var y = _graph.Node("LSTM", operands, ("hidden_size", H), ("direction", "forward"));
            var turned = _graph.Node("Transpose", [y], ("perm", (int[])[0, 2, 1, 3]));
            x = _graph.Node("Reshape", [turned, _graph.Constant(Steps, Batch, H)]);
        }
        var flat = _graph.Node("Reshape", [x, _graph.Constant(-1, H)]);
        var logits = _graph.Node("Gemm", [flat, Weights(V, H), Weights(V)], ("transB", 1));
        _graph.Node("Reshape", [logits, _graph.Constant(Steps, Batch, V)], ["logits"]);
        _graph.Output("logits", 3);
        AssertAgrees(opset: 11, tokens => tokens.Select(token => (int)token).ToArray(), isBatchFirst: false);

        string Made(string flatWeights, params int[] shape)
        {
            var whole = _graph.Node(
                "Reshape",
                [flatWeights, _graph.Constant([.. shape.Select(length => (long)length)])]
            );
            var gates = _graph.Node("Split", [whole], 4, ("split", (int[])[H, H, H, H]), ("axis", 1));
            return _graph.Node("Concat", [gates[0], gates[3], gates[1], gates[2]], ("axis", 1));
        }
    }

    /// <summary>ONNX Runtime has no layout with the batch first, so it runs the other and we read both.</summary>
    [Theory]
    [InlineData("RNN", 1)]
    [InlineData("GRU", 2)]
    [InlineData("GRU", 2, 0)]
    [InlineData("LSTM", 1)]
    public void The_layout_with_the_batch_first(string cell, int directions, int linearBeforeReset = 1)
    {
        var (ours, other) = (Import(Build(1)), Import(Build(0)));
        Assert.Equal(TinyModel.Save(other), TinyModel.Save(ours));

        string Build(int layout)
        {
            var graph = new OnnxBuilder();
            var tokens = graph.Input("tokens", 7, "batch", "steps");
            var x = graph.Node("Gather", [Constant(graph, 1, V, 4), tokens]);
            x = layout == 0 ? graph.Node("Transpose", [x], ("perm", (int[])[1, 0, 2])) : x;
            var gates =
                cell == "RNN" ? 1
                : cell == "GRU" ? 3
                : 4;
            string[] operands =
            [
                x,
                Constant(graph, 2, directions, gates * H, 4),
                Constant(graph, 3, directions, gates * H, H),
                Constant(graph, 4, directions, 2 * gates * H),
            ];
            List<(string, object)> attributes =
            [
                ("hidden_size", H),
                ("direction", directions == 2 ? "bidirectional" : "forward"),
            ];
            attributes.AddRange(cell == "GRU" ? [("linear_before_reset", linearBeforeReset)] : []);
            attributes.AddRange(layout == 1 ? [("layout", 1)] : []);
            var y = graph.Node(cell, operands, [.. attributes]);
            var turned = layout == 1 ? y : graph.Node("Transpose", [y], ("perm", (int[])[2, 0, 1, 3]));
            var flat = graph.Node("Reshape", [turned, graph.Constant(0, 0, -1)]);
            graph.Node("MatMul", [flat, Constant(graph, 5, directions * H, V)], ["logits"]);
            graph.Output("logits", 3);
            graph.Save(_folder[$"layout{layout}.onnx"], 14);
            return _folder[$"layout{layout}.onnx"];
        }

        static string Constant(OnnxBuilder graph, ulong salt, params int[] shape)
        {
            var random = new RandomStream((long)salt, 1);
            var count = shape.Aggregate(1, (a, b) => a * b);
            return graph.Constant([.. Enumerable.Range(0, count).Select(i => random.Normal((ulong)i))], shape);
        }
    }

    private void AssertAgrees(
        int opset,
        Func<long[], object> input,
        bool isBatchFirst,
        bool isLast = false,
        int entries = 0,
        (string, object, int[])[]? states = null
    )
    {
        var path = _folder["model.onnx"];
        _graph.Save(path, opset);
        var tokens = new long[Batch * Steps];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = _random.Below(V, _next++);
        }
        int[] shape = entries > 0 ? [Batch, Steps, entries] : [Batch, Steps];
        var theirs = OnnxRuntime.Run(path, [("tokens", input(tokens), shape), .. states ?? []])["logits"];
        var ours = OnnxRuntime.Logits(Import(path), tokens, Batch);
        if (isBatchFirst && !isLast)
        {
            var rows = theirs.Chunk(V).ToArray();
            theirs = [.. Enumerable.Range(0, rows.Length).SelectMany(i => rows[(i % Batch * Steps) + (i / Batch)])];
        }
        OnnxRuntime.AssertAgree(theirs, isLast ? ours[^theirs.Length..] : ours, path);
    }

    private TrainedModel Import(string path)
    {
        File.WriteAllText(_folder["vocab.json"], """{"tokens":["a","b","c","d","e"]}""");
        return TrainedModel.ImportOnnx(path, _folder["vocab.json"]);
    }

    private string Layer(string cell, string x, int inputs, string[] states, int? linearBeforeReset)
    {
        var rows = (cell == "GRU" ? 3 : 4) * H;
        var biases =
            linearBeforeReset == 0
                ? _graph.Constant([.. Normal(rows), .. new float[rows]], [1, 2 * rows])
                : Weights(1, 2 * rows);
        string[] operands = [x, Weights(1, rows, inputs), Weights(1, rows, H), biases, "", .. states];
        (string, object)[] attributes =
        [
            ("hidden_size", H),
            ("activations", cell == "GRU" ? (string[])["Sigmoid", "Tanh"] : ["Sigmoid", "Tanh", "Tanh"]),
            ("direction", "forward"),
            .. linearBeforeReset is { } value ? [("linear_before_reset", value)] : ((string, object)[])[],
        ];
        return _graph.Node(cell, operands, cell == "GRU" ? 2 : 3, attributes)[0];
    }

    private string Number(long value) => _graph.Constant(value);

    private string Weights(params int[] shape) => _graph.Constant(Normal(shape.Aggregate(1, (a, b) => a * b)), shape);

    private float[] Normal(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Normal(_next++))];

    private static float[] OneHot(long[] tokens)
    {
        var vectors = new float[tokens.Length * V];
        for (var i = 0; i < tokens.Length; i++)
        {
            vectors[(i * V) + (int)tokens[i]] = 1;
        }
        return vectors;
    }
}
