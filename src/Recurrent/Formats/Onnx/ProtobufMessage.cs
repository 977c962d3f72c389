using System.Text;
using Recurrent.Formats.Safetensors;
using Recurrent.Tensors;

namespace Recurrent.Formats.Onnx;

/// <summary>
/// A message in the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding), put together
/// front to back. The weights are not copied: the message holds their tensors until it is written.
/// </summary>
internal sealed class ProtobufMessage
{
    private const int Varint = 0; // wire types
    private const int Delimited = 2;

    private readonly List<(byte[]? Bytes, Tensor? Values)> _pieces = [];

    /// <summary>Its length in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a field that is a number.</summary>
    public ProtobufMessage Add(int field, long value)
    {
        AddTag(field, Varint);
        AddVarint((ulong)value);
        return this;
    }

    /// <summary>Adds a field that is text.</summary>
    public ProtobufMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a field that is bytes.</summary>
    public ProtobufMessage Add(int field, byte[] value)
    {
        AddTag(field, Delimited);
        AddVarint((ulong)value.Length);
        AddBytes(value);
        return this;
    }

    /// <summary>Adds a field that is a message.</summary>
    public ProtobufMessage Add(int field, ProtobufMessage value)
    {
        AddTag(field, Delimited);
        AddVarint((ulong)value.Length);
        return Append(value);
    }

    /// <summary>Adds the fields of another message.</summary>
    public ProtobufMessage Append(ProtobufMessage other)
    {
        _pieces.AddRange(other._pieces);
        Length += other.Length;
        return this;
    }

    /// <summary>Adds a field of bytes that are the values of a tensor, float32, little-endian.</summary>
    public ProtobufMessage Add(int field, Tensor values)
    {
        var length = (long)values.Count * sizeof(float);
        AddTag(field, Delimited);
        AddVarint((ulong)length);
        _pieces.Add((null, values));
        Length += length;
        return this;
    }

    /// <summary>Writes all of it.</summary>
    public void WriteTo(Stream stream)
    {
        foreach (var (bytes, values) in _pieces)
        {
            if (values is null)
            {
                stream.Write(bytes);
            }
            else
            {
                TensorValues.Write(stream, values);
            }
        }
    }

    private void AddTag(int field, int wireType) => AddVarint(((ulong)field << 3) | (uint)wireType);

    /// <summary>Seven bits a byte, the lowest first; the eighth says that there are more.</summary>
    private void AddVarint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }
        AddBytes([.. bytes, (byte)value]);
    }

    private void AddBytes(byte[] bytes)
    {
        _pieces.Add((bytes, null));
        Length += bytes.Length;
    }
}
