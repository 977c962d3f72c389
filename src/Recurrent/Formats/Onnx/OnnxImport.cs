using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats.Onnx;

/// <summary>
/// Reads a recurrent language model from an ONNX file, by following its graph from the tokens to the logits.
/// </summary>
internal sealed class OnnxImport
{
    private const int OldestOpset = 7; // before it, operators of the same names take other inputs
    private const int NewestOpset = 25;

    private readonly List<ReadOnlyMemory<byte>> _nodes = [];
    private readonly Dictionary<string, OnnxValue> _values = new(StringComparer.Ordinal);
    private readonly List<string> _outputs = [];
    private readonly OnnxTensors _tensors;
    private readonly OnnxRoom _room;
    private long _opset;

    private OnnxImport(ReadOnlyMemory<byte> file, string folder)
    {
        _room = new OnnxRoom(file.Length);
        _tensors = new OnnxTensors(folder, _room);
        ReadOnlyMemory<byte>? graph = null;
        foreach (var field in ProtobufReader.Fields(file))
        {
            if (field.Number == 7)
            {
                graph = field.Bytes;
            }
            else if (field.Number == 8) // of another domain than ONNX itself, if it has a name
            {
                var parts = ProtobufReader.Fields(field.Bytes).ToArray();
                if (!parts.Any(part => part.Number == 1 && part.Text is not ("" or "ai.onnx")))
                {
                    _opset = (long)parts.LastOrDefault(part => part.Number == 2).Value;
                }
            }
        }
        ReadGraph(graph ?? throw ProtobufReader.NotOnnx("it has no graph"));
        if (_opset is < OldestOpset or > NewestOpset)
        {
            throw new FormatError(
                $"its operators are of opset {_opset} and Recurrent reads {OldestOpset} to {NewestOpset}",
                "export the model with opset 17"
            );
        }
    }

    /// <summary>Reads a model.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="folder">Its folder, which files of weights lie in.</param>
    /// <param name="note">Takes a sentence on what was taken for granted.</param>
    /// <exception cref="FormatError">It is not a model of ONNX, or not one that Recurrent has.</exception>
    public static (ModelConfiguration Configuration, IReadOnlyList<Parameter> Parameters) Read(
        ReadOnlyMemory<byte> file,
        string folder,
        Action<string> note
    )
    {
        var graph = new OnnxImport(file, folder);
        graph.Run();
        var logits = graph.Output();
        if (logits.Input.Input.AreGiven)
        {
            note(
                "The model reads vectors that its caller makes, and they are taken for one-hot vectors of the tokens."
            );
        }
        return Model(logits);
    }

    private void ReadGraph(ReadOnlyMemory<byte> graph)
    {
        List<ReadOnlyMemory<byte>> inputs = [];
        foreach (var field in ProtobufReader.Fields(graph))
        {
            switch (field.Number)
            {
                case 1:
                    _nodes.Add(field.Bytes);
                    break;
                case 5:
                    var name = ProtobufReader.Fields(field.Bytes).LastOrDefault(part => part.Number == 8);
                    _values[name.Text] = Try(() => _tensors.Read(field.Bytes));
                    break;
                case 11:
                    inputs.Add(field.Bytes);
                    break;
                case 12:
                    _outputs.Add(ProtobufReader.Fields(field.Bytes).FirstOrDefault(part => part.Number == 1).Text);
                    break;
            }
        }
        foreach (var input in inputs)
        {
            var (name, value) = Input(input);
            _values.TryAdd(name, value); // before version 4 of the format, constants are inputs too
        }
    }

    /// <summary>A ValueInfoProto: whole numbers are tokens, all else are vectors or a state.</summary>
    private static (string Name, OnnxValue Value) Input(ReadOnlyMemory<byte> message)
    {
        var fields = ProtobufReader.Fields(message).ToArray();
        var name = Array.Find(fields, field => field.Number == 1).Text;
        var type = Array.Find(fields, field => field.Number == 2).Bytes;
        var tensor = ProtobufReader.Fields(type).FirstOrDefault(field => field.Number == 1).Bytes;
        var (kind, axes) = (0L, new List<Atom[]>());
        foreach (var field in ProtobufReader.Fields(tensor))
        {
            if (field.Number == 1)
            {
                kind = (long)field.Value;
            }
            else if (field.Number == 2)
            {
                axes.AddRange(
                    ProtobufReader
                        .Fields(field.Bytes)
                        .Select((axis, place) => Atom.Axis(LengthOf(axis.Bytes, $"{name}.{place}")))
                );
            }
        }
        return (
            name,
            Try(() =>
                OnnxTensors.IsFloat(kind) || kind == OnnxTensors.Boolean
                    ? new Activations([.. axes], new Vectors(axes.LastOrDefault([]), null, AreGiven: true))
                    : new Activations([.. axes], new Tokens())
            )
        );
    }

    /// <summary>The length of an axis: a number, or a name; one without either is given one.</summary>
    private static Size LengthOf(ReadOnlyMemory<byte> axis, string name)
    {
        foreach (var field in ProtobufReader.Fields(axis))
        {
            if (field.Number == 1 && (long)field.Value > 0)
            {
                return new Size((long)field.Value);
            }
            if (field.Number == 2 && field.Bytes.Length is > 0 and < 100)
            {
                return Size.Named(field.Text);
            }
        }
        return Size.Named(name);
    }

    /// <summary>
    /// Follows the operators in their order. One that cannot be read matters only if the output needs it.
    /// </summary>
    private void Run()
    {
        var operators = new OnnxOperators(_tensors, _room, _opset);
        foreach (var message in _nodes)
        {
            var node = new OnnxNode(message);
            OnnxValue?[] inputs = [.. node.Inputs.Select(InputOf)];
            OnnxValue[] outputs = [];
            var refused = inputs.Take(OnnxOperators.Needs(node)).OfType<Refused>().FirstOrDefault();
            try
            {
                outputs = refused is null ? operators.Apply(node, inputs) : [];
                refused ??= new Refused(OnnxOperators.Cannot($"an output of its {node.Title} is used"));
            }
            catch (FormatError error)
            {
                refused = new Refused(error.In($"its {node.Title} cannot be read").OrElse(OnnxOperators.WayOut));
            }
            for (var i = 0; i < node.Outputs.Count; i++)
            {
                _values[node.Outputs[i]] = i < outputs.Length ? outputs[i] : refused;
            }
        }
    }

    private OnnxValue? InputOf(string name) =>
        name.Length == 0
            ? null
            : _values.GetValueOrDefault(name)
                ?? new Refused(new FormatError($"nothing before it makes its input {FormatError.Quote(name)}"));

    /// <summary>The logits among the outputs.</summary>
    private Logits Output()
    {
        var found = _outputs.Select(name => _values.GetValueOrDefault(name)).ToArray();
        Logits[] logits = [.. found.OfType<Activations>().Select(value => value.Stage).OfType<Logits>().Distinct()];
        return logits switch
        {
            [var only] => only,
            [] => throw found.OfType<Refused>().FirstOrDefault()?.Reason
                ?? OnnxOperators.Cannot("none of its outputs comes from a linear layer after recurrent ones"),
            _ => throw OnnxOperators.Cannot($"it has {logits.Length} outputs of logits"),
        };
    }

    private static (ModelConfiguration Configuration, IReadOnlyList<Parameter> Parameters) Model(Logits logits)
    {
        var (layers, table) = (logits.Input.Layers, logits.Input.Input.Table);
        var (first, vocabulary) = (layers[0], logits.Weight.Shape[1]);
        if (layers.FirstOrDefault(layer => !IsLike(layer, first)) is { } other)
        {
            throw new FormatError(
                $"its layers are of {Said(first)} and {Said(other)}",
                "train a model whose layers are alike"
            );
        }
        var entries = table?.Shape[0] ?? first.W.Shape[2];
        if (entries != vocabulary)
        {
            throw OnnxOperators.Cannot($"it reads {entries:#,0} different tokens and gives logits of {vocabulary:#,0}");
        }
        var weight = logits.Weight.Transpose(null).Values;
        var isTied = table is not null && table.Values.AsSpan().SequenceEqual(weight);
        Dictionary<string, float[]> values = layers
            .SelectMany((layer, place) => layer.Kind.Parameters(layer, place))
            .ToDictionary(parameter => parameter.Name, parameter => parameter.Values, StringComparer.Ordinal);
        values["embedding.weight"] = table?.Values ?? [];
        values["linear.weight"] = weight;
        values["linear.bias"] = logits.Bias ?? new float[vocabulary];
        try
        {
            var configuration = new ModelConfiguration
            {
                Kind = first.Kind.Cell,
                VocabularySize = vocabulary,
                HiddenSize = first.Hidden,
                Layers = layers.Count,
                Bidirectional = first.Directions == 2,
                EmbeddingSize = table?.Shape[1] ?? 0,
                TiedWeights = isTied,
            };
            var shapes = LanguageModel.Find(configuration.Kind)!.ShapesOf(configuration);
            return (configuration, [.. shapes.Select(ParameterOf)]);
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its model");
        }

        Parameter ParameterOf(ParameterShape shape)
        {
            TensorValues.RequireFinite(shape.Name, values[shape.Name], "export weights that are finite numbers");
            return new(shape.Name, Tensor.From(values[shape.Name], shape.Shape.ToArray()));
        }

        static bool IsLike(OnnxLayer a, OnnxLayer b) =>
            (a.Kind, a.Hidden, a.Directions) == (b.Kind, b.Hidden, b.Directions);

        static string Said(OnnxLayer layer) =>
            $"{layer.Hidden} {layer.Kind.Cell} units{(layer.Directions == 2 ? " in both directions" : "")}";
    }

    private static OnnxValue Try(Func<OnnxValue> read)
    {
        try
        {
            return read();
        }
        catch (FormatError error)
        {
            return new Refused(error);
        }
    }
}
