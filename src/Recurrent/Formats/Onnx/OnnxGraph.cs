using System.Buffers.Binary;
using Recurrent.Tensors;

namespace Recurrent.Formats.Onnx;

/// <summary>
/// A graph of ONNX operators, node by node. The numbers of the fields are those of onnx.proto
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal sealed class OnnxGraph(string name)
{
    private const int Float = 1; // TensorProto.DataType
    private const int Int64 = 7;
    private const int NodeField = 1; // GraphProto
    private const int InitializerField = 5;
    private const int InputField = 11;
    private const int OutputField = 12;

    private readonly ProtobufMessage _nodes = new();
    private readonly ProtobufMessage _rest = new();

    /// <summary>The graph as a GraphProto.</summary>
    public ProtobufMessage ToMessage() => new ProtobufMessage().Append(_nodes).Add(2, name).Append(_rest);

    /// <summary>Adds an operator.</summary>
    /// <param name="type">The operator, such as MatMul.</param>
    /// <param name="inputs">Names of what it takes; empty for what is left out.</param>
    /// <param name="outputs">Names of what it gives; empty for what is not needed.</param>
    /// <param name="attributes">Its attributes: each a string, a whole number, or several.</param>
    public void Node(string type, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new ProtobufMessage();
        foreach (var input in inputs)
        {
            node.Add(1, input);
        }
        foreach (var output in outputs)
        {
            node.Add(2, output);
        }
        node.Add(3, $"{outputs.First(output => output.Length > 0)}.{type}").Add(4, type);
        foreach (var (attribute, value) in attributes)
        {
            node.Add(5, Attribute(attribute, value));
        }
        _nodes.Add(NodeField, node);
    }

    /// <summary>Adds a constant of float32 values.</summary>
    /// <returns>The name.</returns>
    public string Constant(string constant, Tensor values)
    {
        var tensor = Dimensions(values.Shape.ToArray().Select(length => (long)length), Float);
        _rest.Add(InitializerField, tensor.Add(8, constant).Add(9, values));
        return constant;
    }

    /// <summary>Adds a constant of whole numbers.</summary>
    /// <returns>The name.</returns>
    public string Constant(string constant, long[] values)
    {
        var bytes = new byte[values.Length * sizeof(long)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }
        _rest.Add(InitializerField, Dimensions([values.Length], Int64).Add(8, constant).Add(9, bytes));
        return constant;
    }

    /// <summary>Adds an input of token indexes.</summary>
    /// <param name="value">Its name.</param>
    /// <param name="shape">The length of each axis: a number, or a name where it may be any.</param>
    public void TokenInput(string value, params object[] shape) => _rest.Add(InputField, Value(value, Int64, shape));

    /// <summary>Adds an input of float32 values.</summary>
    /// <inheritdoc cref="TokenInput"/>
    public void Input(string value, params object[] shape) => _rest.Add(InputField, Value(value, Float, shape));

    /// <summary>Says that a value is an output of the graph, of float32 values.</summary>
    /// <inheritdoc cref="TokenInput"/>
    public void Output(string value, params object[] shape) => _rest.Add(OutputField, Value(value, Float, shape));

    private static ProtobufMessage Dimensions(IEnumerable<long> lengths, int type)
    {
        var tensor = new ProtobufMessage();
        foreach (var length in lengths)
        {
            tensor.Add(1, length);
        }
        return tensor.Add(2, type);
    }

    /// <summary>A ValueInfoProto with the type of a tensor.</summary>
    private static ProtobufMessage Value(string value, int type, object[] shape)
    {
        var axes = new ProtobufMessage();
        foreach (var length in shape)
        {
            var axis = new ProtobufMessage();
            axes.Add(1, length is string any ? axis.Add(2, any) : axis.Add(1, (int)length));
        }
        var tensor = new ProtobufMessage().Add(1, type).Add(2, axes);
        return new ProtobufMessage().Add(1, value).Add(2, new ProtobufMessage().Add(1, tensor));
    }

    /// <summary>An AttributeProto.</summary>
    private static ProtobufMessage Attribute(string attribute, object value)
    {
        const int type = 20;
        var message = new ProtobufMessage().Add(1, attribute);
        switch (value)
        {
            case int whole:
                return message.Add(3, whole).Add(type, 2);
            case string text:
                return message.Add(4, text).Add(type, 3);
            case string[] texts:
                Array.ForEach(texts, text => message.Add(9, text));
                return message.Add(type, 8);
            default:
                foreach (var whole in (int[])value)
                {
                    message.Add(8, whole);
                }
                return message.Add(type, 7);
        }
    }
}
