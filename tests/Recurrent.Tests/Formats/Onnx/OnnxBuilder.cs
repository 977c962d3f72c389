using System.Buffers.Binary;
using System.Text;

namespace Recurrent.Tests.Formats.Onnx;

/// <summary>
/// Writes ONNX models as other programs do: every way of holding a constant, every type of attribute, any opset.
/// </summary>
internal sealed class OnnxBuilder
{
    private readonly Wire _nodes = new();
    private readonly Wire _rest = new();
    private readonly List<string> _names = [];

    /// <summary>How constants are held.</summary>
    public enum Storage
    {
        Raw,
        Typed, // float_data, int64_data, packed
        Unpacked, // the same, a field each
        Double,
        Half, // as numbers of int32_data
        HalfRaw,
        ConstantNode,
        BehindIdentity,
        External,
    }

    /// <summary>The file beside the model that external constants are written to.</summary>
    public List<byte> ExternalData { get; } = [];

    public string ExternalName { get; init; } = "weights.bin";

    /// <summary>Whether a node is named by its type alone, which ONNX Runtime refuses where two are alike.</summary>
    public bool NamesNodesByType { get; init; }

    /// <summary>A new name.</summary>
    public string NewName(string stem = "v")
    {
        _names.Add(stem);
        return $"{stem}_{_names.Count}";
    }

    /// <summary>Adds an operator with one output.</summary>
    public string Node(string type, string[] inputs, params (string Name, object Value)[] attributes) =>
        Node(type, inputs, 1, attributes)[0];

    /// <summary>Adds an operator.</summary>
    public string[] Node(string type, string[] inputs, int outputs, params (string Name, object Value)[] attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(_ => NewName(type.ToLowerInvariant()))];
        Node(type, inputs, names, attributes);
        return names;
    }

    /// <summary>Adds an operator with outputs of these names.</summary>
    public void Node(string type, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new Wire();
        Array.ForEach(inputs, input => node.Add(1, input));
        Array.ForEach(outputs, output => node.Add(2, output));
        node.Add(3, NamesNodesByType ? type : NewName(type)).Add(4, type);
        foreach (var (name, value) in attributes)
        {
            node.Add(5, Attribute(name, value));
        }
        _nodes.Add(1, node);
    }

    /// <summary>Adds a constant of weights.</summary>
    public string Constant(float[] values, int[] shape, Storage storage = Storage.Raw)
    {
        var name = NewName("weight");
        switch (storage)
        {
            case Storage.ConstantNode:
                Node("Constant", [], [name], ("value", Tensor("", values, shape, Storage.Raw)));
                return name;
            case Storage.BehindIdentity:
                Node("Identity", [Constant(values, shape)], [name]);
                return name;
            case Storage.Double or Storage.Half or Storage.HalfRaw:
                var narrow = NewName("narrow");
                _rest.Add(5, Tensor(narrow, values, shape, storage));
                Node("Cast", [narrow], [name], ("to", 1));
                return name;
            default:
                _rest.Add(5, Tensor(name, values, shape, storage));
                return name;
        }
    }

    /// <summary>Adds a constant of whole numbers.</summary>
    public string Constant(params long[] values) => Constant(values, [values.Length]);

    /// <summary>Adds a constant of whole numbers.</summary>
    public string Constant(long[] values, int[] shape)
    {
        var name = NewName("numbers");
        var bytes = new byte[values.Length * sizeof(long)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }
        _rest.Add(5, Dimensions(shape, 7).Add(8, name).Add(9, bytes));
        return name;
    }

    /// <summary>Adds an input: of float32 (1), int32 (6) or int64 (7) values.</summary>
    public string Input(string name, int type, params object[] shape)
    {
        _rest.Add(11, Value(name, type, shape));
        return name;
    }

    /// <summary>Adds an output of float32 values of any shape.</summary>
    public void Output(string name, int rank) =>
        _rest.Add(12, Value(name, 1, [.. Enumerable.Range(0, rank).Select(axis => $"{name}{axis}")]));

    /// <summary>The model.</summary>
    public byte[] ToBytes(int opset)
    {
        var graph = new Wire().Append(_nodes).Add(2, "graph").Append(_rest);
        var version = opset switch
        {
            < 9 => 3,
            < 15 => 7,
            < 19 => 8,
            _ => 10,
        };
        var model = new Wire().Add(1, version).Add(7, graph).Add(8, new Wire().Add(2, opset));
        return [.. model.Bytes];
    }

    /// <summary>Writes the model, and what is external beside it.</summary>
    public void Save(string path, int opset)
    {
        File.WriteAllBytes(path, ToBytes(opset));
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, ExternalName), [.. ExternalData]);
    }

    private Wire Tensor(string name, float[] values, int[] shape, Storage storage)
    {
        var type = storage switch
        {
            Storage.Double => 11,
            Storage.Half or Storage.HalfRaw => 10,
            _ => 1,
        };
        var tensor = Dimensions(shape, type).Add(8, name);
        switch (storage)
        {
            case Storage.Typed:
                return tensor.Add(4, Bytes(values, sizeof(float), BinaryPrimitives.WriteSingleLittleEndian));
            case Storage.Unpacked:
                foreach (var value in values)
                {
                    tensor.AddFloat(4, value);
                }
                return tensor;
            case Storage.Double:
                return tensor.Add(
                    10,
                    Bytes(values, sizeof(double), (at, v) => BinaryPrimitives.WriteDoubleLittleEndian(at, v))
                );
            case Storage.Half:
                foreach (var value in values)
                {
                    tensor.Add(5, BitConverter.HalfToUInt16Bits((Half)value));
                }
                return tensor;
            case Storage.HalfRaw:
                return tensor.Add(9, Bytes(values, 2, (at, v) => BinaryPrimitives.WriteHalfLittleEndian(at, (Half)v)));
            case Storage.External:
                tensor.Add(13, Pair("location", ExternalName)).Add(13, Pair("offset", $"{ExternalData.Count}"));
                ExternalData.AddRange(Bytes(values, sizeof(float), BinaryPrimitives.WriteSingleLittleEndian));
                return tensor.Add(13, Pair("length", $"{values.Length * sizeof(float)}")).Add(14, 1);
            default:
                return tensor.Add(9, Bytes(values, sizeof(float), BinaryPrimitives.WriteSingleLittleEndian));
        }
    }

    private static Wire Pair(string key, string value) => new Wire().Add(1, key).Add(2, value);

    private delegate void Writing(Span<byte> destination, float value);

    private static byte[] Bytes(float[] values, int width, Writing write)
    {
        var bytes = new byte[values.Length * width];
        for (var i = 0; i < values.Length; i++)
        {
            write(bytes.AsSpan(i * width), values[i]);
        }
        return bytes;
    }

    private static Wire Dimensions(int[] shape, int type)
    {
        var tensor = new Wire();
        Array.ForEach(shape, length => tensor.Add(1, length));
        return tensor.Add(2, type);
    }

    private static Wire Value(string name, int type, object[] shape)
    {
        var axes = new Wire();
        foreach (var length in shape)
        {
            axes.Add(1, length is string any ? new Wire().Add(2, any) : new Wire().Add(1, (int)length));
        }
        var tensor = new Wire().Add(1, type).Add(2, axes);
        return new Wire().Add(1, name).Add(2, new Wire().Add(1, tensor));
    }

    private static Wire Attribute(string name, object value)
    {
        const int type = 20;
        var message = new Wire().Add(1, name);
        switch (value)
        {
            case int whole:
                return message.Add(3, whole).Add(type, 2);
            case float number:
                return message.AddFloat(2, number).Add(type, 1);
            case string text:
                return message.Add(4, text).Add(type, 3);
            case Wire tensor:
                return message.Add(5, tensor).Add(type, 4);
            case string[] texts:
                Array.ForEach(texts, text => message.Add(9, text));
                return message.Add(type, 8);
            default:
                Array.ForEach((int[])value, whole => message.Add(8, whole));
                return message.Add(type, 7);
        }
    }

    /// <summary>A message of Protocol Buffers.</summary>
    internal sealed class Wire
    {
        public List<byte> Bytes { get; } = [];

        public Wire Append(Wire other)
        {
            Bytes.AddRange(other.Bytes);
            return this;
        }

        public Wire Add(int field, long value) => Number((ulong)field << 3).Number((ulong)value);

        public Wire Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

        public Wire Add(int field, Wire value) => Add(field, [.. value.Bytes]);

        public Wire Add(int field, byte[] value)
        {
            Number(((ulong)field << 3) | 2).Number((ulong)value.Length).Bytes.AddRange(value);
            return this;
        }

        public Wire AddFloat(int field, float value)
        {
            Number(((ulong)field << 3) | 5).Bytes.AddRange(BitConverter.GetBytes(value));
            return this;
        }

        private Wire Number(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
            {
                Bytes.Add((byte)(value | 0x80));
            }
            Bytes.Add((byte)value);
            return this;
        }
    }
}
