using System.Text;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.Onnx;

/// <summary>
/// Reads a message in the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding), as
/// <see cref="ProtobufMessage"/> writes it. Nothing is copied: bytes and messages are parts of the file's bytes.
/// </summary>
internal static class ProtobufReader
{
    private const int Varint = 0; // wire types
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    /// <summary>The fields of a message in the order in which they stand.</summary>
    /// <exception cref="FormatError">A field ends behind the message or is of no known type.</exception>
    public static IEnumerable<ProtobufField> Fields(ReadOnlyMemory<byte> message)
    {
        for (var at = 0; at < message.Length; )
        {
            var tag = ReadVarint(message.Span, ref at);
            var (number, type) = (tag >> 3, (int)(tag & 7));
            var value = type is Varint or Delimited ? ReadVarint(message.Span, ref at) : 0;
            ulong length = type switch
            {
                Varint => 0,
                Fixed64 => sizeof(ulong),
                Delimited => value,
                Fixed32 => sizeof(uint),
                _ => throw NotOnnx($"a field is of the wire type {type}"),
            };
            if (number is 0 or > int.MaxValue)
            {
                throw NotOnnx($"a field has the number {number}");
            }
            if (length > (ulong)(message.Length - at))
            {
                throw NotOnnx($"a field takes {length:#,0} bytes and {message.Length - at:#,0} are left");
            }
            yield return new ProtobufField((int)number, type == Varint, value, message.Slice(at, (int)length));
            at += (int)length;
        }
    }

    /// <summary>Reads a number of seven bits a byte, the lowest first.</summary>
    /// <param name="bytes">The bytes of a message.</param>
    /// <param name="at">The place of the number; on return, the place behind it.</param>
    /// <exception cref="FormatError">The number has no end.</exception>
    public static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
        throw NotOnnx("a number has no end");
    }

    /// <summary>The error of bytes that are not an ONNX model.</summary>
    public static FormatError NotOnnx(string reason) =>
        new($"it is not an ONNX file, or it is damaged: {reason}", "name an ONNX file, or export the model again");
}

/// <summary>A field of a message.</summary>
/// <param name="Number">Its number in onnx.proto.</param>
/// <param name="IsNumber">Whether it is a number; else bytes, text or a message.</param>
/// <param name="Value">The number.</param>
/// <param name="Bytes">The bytes.</param>
internal readonly record struct ProtobufField(int Number, bool IsNumber, ulong Value, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The bytes as text.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>The numbers of a repeated field: one in each field, or many packed into one.</summary>
    public IEnumerable<long> Numbers()
    {
        if (IsNumber)
        {
            yield return (long)Value;
            yield break;
        }
        for (var at = 0; at < Bytes.Length; )
        {
            yield return (long)ProtobufReader.ReadVarint(Bytes.Span, ref at);
        }
    }
}
