using System.Buffers.Binary;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.Onnx;

/// <summary>An operator of a graph that is read, a NodeProto.</summary>
internal sealed class OnnxNode
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _attributes = new(StringComparer.Ordinal);
    private readonly List<string> _inputs = [];
    private readonly List<string> _outputs = [];
    private readonly string _name = "";

    public OnnxNode(ReadOnlyMemory<byte> message)
    {
        foreach (var field in ProtobufReader.Fields(message))
        {
            switch (field.Number)
            {
                case 1:
                    _inputs.Add(field.Text);
                    break;
                case 2:
                    _outputs.Add(field.Text);
                    break;
                case 3:
                    _name = field.Text;
                    break;
                case 4:
                    Operator = field.Text;
                    break;
                case 5:
                    var name = ProtobufReader.Fields(field.Bytes).FirstOrDefault(part => part.Number == 1).Text;
                    _attributes[name] = field.Bytes;
                    break;
                case 7 when field.Text is not ("" or "ai.onnx"):
                    Domain = field.Text + ".";
                    break;
            }
        }
    }

    /// <summary>The operator, such as MatMul.</summary>
    public string Operator { get; } = "";

    /// <summary>Whose operator it is, with a dot; empty for one of ONNX itself.</summary>
    public string Domain { get; } = "";

    /// <summary>Names of what it takes; empty for what is left out.</summary>
    public IReadOnlyList<string> Inputs => _inputs;

    /// <summary>Names of what it gives; empty for what is not needed.</summary>
    public IReadOnlyList<string> Outputs => _outputs;

    /// <summary>The operator and its name, as an error says it.</summary>
    public string Title =>
        $"operator {FormatError.OneLine(Domain + Operator)} "
        + FormatError.Quote(_name.Length > 0 ? _name : _outputs.FirstOrDefault(""));

    /// <summary>An attribute that is a number.</summary>
    public long Integer(string name, long otherwise) =>
        Has(name, out var fields) ? (long)fields.LastOrDefault(field => field.Number == 3).Value : otherwise;

    /// <summary>An attribute that is a list of numbers; null if it is left out.</summary>
    public long[]? Integers(string name) =>
        Has(name, out var fields)
            ? [.. fields.Where(field => field.Number == 8).SelectMany(field => field.Numbers())]
            : null;

    /// <summary>An attribute that is a float32 number.</summary>
    public float Float(string name, float otherwise) => Floats(name, 2) is [var value, ..] ? value : otherwise;

    /// <summary>An attribute that is a list of float32 numbers; null if it is left out.</summary>
    public float[]? Floats(string name) => Floats(name, 7);

    /// <summary>An attribute that is a list of texts; null if it is left out.</summary>
    public string[]? Texts(string name) =>
        Has(name, out var fields)
            ? [.. fields.Where(field => field.Number is 4 or 9).Select(field => field.Text)]
            : null;

    /// <summary>An attribute that is a TensorProto; null if it is left out.</summary>
    public ReadOnlyMemory<byte>? Tensor(string name) =>
        Has(name, out var fields) && fields.Any(field => field.Number == 5)
            ? fields.Last(field => field.Number == 5).Bytes
            : null;

    private float[]? Floats(string name, int number)
    {
        if (!Has(name, out var fields))
        {
            return null;
        }
        List<float> values = [];
        foreach (var bytes in fields.Where(field => field.Number == number).Select(field => field.Bytes))
        {
            for (var at = 0; at + sizeof(float) <= bytes.Length; at += sizeof(float))
            {
                values.Add(BinaryPrimitives.ReadSingleLittleEndian(bytes.Span[at..]));
            }
        }
        return [.. values];
    }

    private bool Has(string name, out IReadOnlyList<ProtobufField> fields)
    {
        fields = _attributes.TryGetValue(name, out var message) ? [.. ProtobufReader.Fields(message)] : [];
        return fields.Count > 0;
    }
}
