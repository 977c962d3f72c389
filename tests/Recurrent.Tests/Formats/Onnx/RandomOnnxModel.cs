using Recurrent.Randomness;
using static Recurrent.Tests.Formats.Onnx.OnnxBuilder;

namespace Recurrent.Tests.Formats.Onnx;

/// <summary>
/// A recurrent language model drawn by chance from all that exporters write: cell, sizes, layers, directions, input,
/// output, layout, opset, and the ways of holding constants, states and shapes.
/// </summary>
internal sealed class RandomOnnxModel
{
    private readonly RandomStream _random;
    private readonly OnnxBuilder _graph = new();
    private readonly List<string> _drawn = [];
    private readonly bool _isBatchFirst;
    private readonly bool _isFixed;
    private readonly bool _isRelu;
    private ulong _next;

    public RandomOnnxModel(ulong seed)
    {
        _random = new RandomStream((long)seed, 11);
        Opset = 7 + Below(19, "opset");
        Kind = Of("kind", "RNN", "GRU", "LSTM");
        _isRelu = Kind == "RNN" && Below(2, "ReLU") == 1;
        IsResetAfter = Kind == "GRU" && Below(2, "reset after") == 1;
        (Vocabulary, Hidden, Layers) = (2 + Below(6, "V"), 1 + Below(5, "H"), 1 + Below(3, "layers"));
        Directions = 1 + Below(2, "directions");
        (Batch, Steps) = (1 + Below(3, "batch"), 1 + Below(4, "steps"));
        _isBatchFirst = Below(2, "batch first") == 1;
        _isFixed = Below(2, "fixed") == 1;
        Build();
    }

    public int Opset { get; }
    public string Kind { get; }
    public bool IsResetAfter { get; } // the GRU's reset gate, in relation to the recurrent product
    public int Vocabulary { get; }
    public int Hidden { get; }
    public int Layers { get; }
    public int Directions { get; }
    public int Batch { get; }
    public int Steps { get; }

    /// <summary>What was drawn, for a test that fails.</summary>
    public string Description => string.Join(", ", _drawn);

    private int Gates =>
        Kind switch
        {
            "RNN" => 1,
            "GRU" => 3,
            _ => 4,
        };

    public void Save(string path) => _graph.Save(path, Opset);

    /// <summary>Tokens (batch, steps).</summary>
    public long[] Tokens() =>
        [.. Enumerable.Range(0, Batch * Steps).Select(_ => (long)_random.Below(Vocabulary, _next++))];

    /// <summary>What ONNX Runtime gives for tokens (batch, steps), as logits (steps, batch, V).</summary>
    public float[] Run(string path, long[] tokens)
    {
        var moved = _isBatchFirst ? tokens : Moved(tokens, Batch);
        int[] shape = _isBatchFirst ? [Batch, Steps] : [Steps, Batch];
        var values = _drawn.Contains("int32 tokens") ? (object)moved.Select(token => (int)token).ToArray() : moved;
        if (_drawn.Contains("input: vectors"))
        {
            var vectors = new float[moved.Length * Vocabulary];
            for (var i = 0; i < moved.Length; i++)
            {
                vectors[(i * Vocabulary) + (int)moved[i]] = 1;
            }
            (values, shape) = (vectors, [.. shape, Vocabulary]);
        }
        var logits = OnnxRuntime.Run(path, ("tokens", values, shape))["logits"];
        return _isBatchFirst ? MovedRows(logits, Batch) : logits;
    }

    private void Build()
    {
        object[] shape = _isBatchFirst ? [Axis("B", Batch), Axis("T", Steps)] : [Axis("T", Steps), Axis("B", Batch)];
        var (x, inputs) = Input(shape);
        if (_isBatchFirst)
        {
            x = _graph.Node("Transpose", [x], ("perm", (int[])[1, 0, 2]));
        }
        for (var layer = 0; layer < Layers; layer++)
        {
            x = Layer(x, inputs);
            inputs = Directions * Hidden;
            x = Opset >= 12 || Below(2, "dropout") == 0 ? x : _graph.Node("Dropout", [x]);
        }
        if (_isBatchFirst)
        {
            x = _graph.Node("Transpose", [x], ("perm", (int[])[1, 0, 2]));
        }
        _graph.Node("Identity", [Output(x, inputs)], ["logits"]);
        _graph.Output("logits", 3);
    }

    /// <summary>Vectors of the tokens, and their length.</summary>
    private (string Name, int Size) Input(object[] shape)
    {
        string[] ways =
            Opset >= 9 ? ["gather", "eye", "vectors", "dense", "one-hot", "projected"] : ["gather", "eye", "vectors"];
        var way = Of("input", ways);
        if (way == "vectors")
        {
            return (_graph.Input("tokens", 1, [.. shape, Vocabulary]), Vocabulary);
        }
        var isNarrow = Below(2, "narrow") == 1;
        var tokens = _graph.Input("tokens", isNarrow ? 6 : 7, shape);
        if (isNarrow)
        {
            _drawn.Add("int32 tokens");
            tokens = _graph.Node("Cast", [tokens], ("to", 7));
        }
        var size = 1 + Below(4, "embedding");
        switch (way)
        {
            case "gather":
                return (_graph.Node("Gather", [Weights(Vocabulary, size), tokens]), size);
            case "eye":
                var eye = new float[Vocabulary * Vocabulary];
                for (var i = 0; i < Vocabulary; i++)
                {
                    eye[(i * Vocabulary) + i] = 1;
                }
                return (_graph.Node("Gather", [_graph.Constant(eye, [Vocabulary, Vocabulary]), tokens]), Vocabulary);
            case "projected":
                var vectors = _graph.Node("Gather", [Weights(Vocabulary, size), tokens]);
                var projected = _graph.Node("MatMul", [vectors, Weights(size, size + 1)]);
                return (_graph.Node("Add", [projected, Weights(size + 1)]), size + 1);
        }
        var entries = _graph.Constant(Vocabulary);
        var oneHot =
            Below(2, "whole numbers") == 1
                ? _graph.Node("Cast", [_graph.Node("OneHot", [tokens, entries, _graph.Constant(0, 1)])], ("to", 1))
                : _graph.Node("OneHot", [tokens, entries, _graph.Constant(new float[] { 0, 1 }, [2])]);
        return way == "one-hot"
            ? (oneHot, Vocabulary)
            : (_graph.Node("MatMul", [oneHot, Weights(Vocabulary, size)]), size);
    }

    private string Layer(string x, int inputs)
    {
        var rows = Gates * Hidden;
        List<string> operands =
        [
            x,
            Weights(Directions, rows, inputs),
            Weights(Directions, rows, Hidden),
            Below(4, "no bias") == 0 ? "" : Weights(Directions, 2 * rows),
            "",
        ];
        for (var state = 0; state < (Kind == "LSTM" ? 2 : 1); state++)
        {
            operands.Add(State(x));
        }
        List<(string, object)> attributes = [("hidden_size", Hidden)];
        if (Directions == 2 || Below(2, "direction") == 1)
        {
            attributes.Add(("direction", Directions == 2 ? "bidirectional" : "forward"));
        }
        if (Kind == "GRU" && (IsResetAfter || Below(2, "reset before") == 1))
        {
            attributes.Add(("linear_before_reset", IsResetAfter ? 1 : 0));
        }
        if (Below(2, "activations") == 1 || _isRelu)
        {
            string[] names = Kind switch
            {
                "RNN" => [_isRelu ? "Relu" : "Tanh"],
                "GRU" => ["Sigmoid", "Tanh"],
                _ => ["Sigmoid", "Tanh", "Tanh"],
            };
            attributes.Add(("activations", Directions == 2 ? (string[])[.. names, .. names] : names));
        }
        var y = _graph.Node(Kind, [.. operands], [.. attributes]);
        if (Directions == 1 && Below(2, "squeeze") == 1)
        {
            return Squeezed(y, 1);
        }
        var rowsFirst = _graph.Node("Transpose", [y], ("perm", (int[])[0, 2, 1, 3]));
        return _graph.Node(
            "Reshape",
            [rowsFirst, _graph.Constant(0, 0, Below(2, "-1") == 1 ? -1 : Directions * Hidden)]
        );
    }

    /// <summary>(T, B, F) or (B, T, F) to logits.</summary>
    private string Output(string x, int features)
    {
        var bias = Below(4, "no output bias") == 0 ? null : Weights(Vocabulary);
        switch (Of("output", "MatMul", "Gemm", "transposed"))
        {
            case "Gemm":
                var flat = _graph.Node("Reshape", [x, _graph.Constant(-1, features)]);
                string[] operands = [flat, Weights(Vocabulary, features), bias ?? Zeros(Vocabulary)];
                var product = _graph.Node("Gemm", operands, ("transB", 1));
                var ends = _isFixed
                    ? _graph.Constant(_isBatchFirst ? Batch : Steps, -1, Vocabulary)
                    : _graph.Node("Concat", [LengthOf(x, 0), LengthOf(x, 1), _graph.Constant(Vocabulary)], ("axis", 0));
                return _graph.Node("Reshape", [product, ends]);
            case "MatMul":
                x = _graph.Node("MatMul", [x, Weights(features, Vocabulary)]);
                break;
            default:
                var turned = _graph.Node("Transpose", [Weights(Vocabulary, features)], ("perm", (int[])[1, 0]));
                x = _graph.Node("MatMul", [x, turned]);
                break;
        }
        return bias is null ? x
            : Below(2, "bias first") == 1 ? _graph.Node("Add", [bias, x])
            : _graph.Node("Add", [x, bias]);
    }

    /// <summary>The state before the first step: left out, zeros, or zeros of a shape that is computed.</summary>
    private string State(string x)
    {
        switch (Of("state", "none", "zeros", "shape", "expand"))
        {
            case "zeros" when _isFixed:
                return Zeros(Directions, Batch, Hidden);
            case "shape" when Opset >= 9:
                return _graph.Node("ConstantOfShape", [StateShape(x)]);
            case "expand" when Opset >= 8:
                return _graph.Node("Expand", [Zeros(1), StateShape(x)]);
            default:
                return "";
        }
    }

    private string StateShape(string x) =>
        _graph.Node("Concat", [_graph.Constant(Directions), LengthOf(x, 1), _graph.Constant(Hidden)], ("axis", 0));

    /// <summary>The length of an axis, as a vector of one number.</summary>
    private string LengthOf(string x, int axis)
    {
        var length = _graph.Node("Gather", [_graph.Node("Shape", [x]), _graph.Constant([axis], [])], ("axis", 0));
        return Opset < 13
            ? _graph.Node("Unsqueeze", [length], ("axes", (int[])[0]))
            : _graph.Node("Unsqueeze", [length, _graph.Constant(0)]);
    }

    private string Squeezed(string x, int axis) =>
        Opset < 13
            ? _graph.Node("Squeeze", [x], ("axes", (int[])[axis]))
            : _graph.Node("Squeeze", [x, _graph.Constant(axis)]);

    private string Zeros(params int[] shape) => _graph.Constant(new float[shape.Aggregate(1, (a, b) => a * b)], shape);

    /// <summary>A constant held in one of all ways, of values that all of them can hold.</summary>
    private string Weights(params int[] shape)
    {
        var values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(Half)(float)((2 * _random.Uniform(_next++)) - 1);
        }
        var all = Enum.GetValues<Storage>();
        return _graph.Constant(values, shape, all[Below(all.Length, "storage")]);
    }

    private object Axis(string name, int length) => _isFixed ? length : name;

    private int Below(int bound, string what)
    {
        var value = _random.Below(bound, _next++);
        _drawn.Add($"{what} {value}");
        return value;
    }

    private string Of(string what, params string[] choices)
    {
        var choice = choices[_random.Below(choices.Length, _next++)];
        _drawn.Add($"{what}: {choice}");
        return choice;
    }

    private static T[] Moved<T>(T[] values, int rows)
    {
        var columns = values.Length / rows;
        return [.. Enumerable.Range(0, values.Length).Select(i => values[(i % rows * columns) + (i / rows)])];
    }

    /// <summary>(batch, steps, V) to (steps, batch, V).</summary>
    private float[] MovedRows(float[] logits, int rows) =>
        [.. Moved(logits.Chunk(Vocabulary).ToArray(), rows).SelectMany(row => row)];
}
