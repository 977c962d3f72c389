using System.Buffers.Binary;
using System.Globalization;
using Recurrent.Files;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.Onnx;

/// <summary>Reads constants, TensorProto: weights become float32, whole numbers lengths and places.</summary>
/// <param name="folder">The model's folder, which files of weights lie in.</param>
/// <param name="room">What constants may take in all.</param>
internal sealed class OnnxTensors(string folder, OnnxRoom room)
{
    // TensorProto.DataType
    public const int Float32 = 1;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Boolean = 9;
    public const int Float16 = 10;
    public const int Float64 = 11;
    public const int BFloat16 = 16;

    private const string Again = FormatError.Replace;

    /// <summary>Whether a type is one of floating point.</summary>
    public static bool IsFloat(long type) => type is Float32 or Float16 or Float64 or BFloat16;

    /// <summary>Reads a constant.</summary>
    /// <param name="message">A TensorProto.</param>
    /// <exception cref="FormatError">Its values are of another type, or not as many as its shape says.</exception>
    public OnnxValue Read(ReadOnlyMemory<byte> message)
    {
        List<long> dimensions = [];
        List<ProtobufField> data = [];
        Dictionary<string, string> external = new(StringComparer.Ordinal);
        var (name, type) = ("", 0L);
        foreach (var field in ProtobufReader.Fields(message))
        {
            switch (field.Number)
            {
                case 1:
                    dimensions.AddRange(field.Numbers());
                    break;
                case 2:
                    type = (long)field.Value;
                    break;
                case 4 or 5 or 7 or 9 or 10:
                    data.Add(field);
                    break;
                case 8:
                    name = field.Text;
                    break;
                case 13:
                    var pair = ProtobufReader.Fields(field.Bytes).ToArray();
                    external[Part(pair, 1)] = Part(pair, 2);
                    break;
            }
        }
        var place = $"its constant {FormatError.Quote(name)}";
        var count = CountOf(dimensions);
        if (count < 0)
        {
            throw new FormatError($"{place} is empty or has more than {int.MaxValue:#,0} values");
        }
        var bytes = external.Count > 0 ? ReadExternal(external, place) : null;
        int[] shape = [.. dimensions.Select(length => (int)length)];
        OnnxValue value = type switch
        {
            Float32 or Float16 or Float64 or BFloat16 => new Constant<float>(Floats(type, data, bytes), shape, room),
            Int32 or Int64 or Boolean => new Constant<Size>(Wholes(type, data, bytes), shape, room),
            _ => throw new FormatError(
                $"{place} has values of the type {type} of TensorProto.DataType",
                "export a model of float32 values that is not quantised"
            ),
        };
        var there = value is Constant<float> floats ? floats.Values.Length : ((Constant<Size>)value).Values.Length;
        return there == count
            ? value
            : throw new FormatError(
                $"{place} has {there:#,0} values and ({string.Join(", ", dimensions)}) in its shape"
            );

        static string Part(ProtobufField[] fields, int number) =>
            Array.Find(fields, field => field.Number == number) is { Number: > 0 } found ? found.Text : "";
    }

    /// <summary>The values of a shape; −1 if none or too many.</summary>
    private static long CountOf(List<long> dimensions)
    {
        var count = 1L;
        foreach (var length in dimensions)
        {
            count = length is > 0 and <= int.MaxValue ? count * length : -1;
            if (count is < 0 or > int.MaxValue)
            {
                return -1;
            }
        }
        return count;
    }

    private static float[] Floats(long type, List<ProtobufField> data, byte[]? external)
    {
        // Those of 16 bits are numbers of int32_data where they are not bytes.
        if (
            external is null
            && type is Float16 or BFloat16
            && data.Where(field => field.Number == 5).ToArray() is [_, ..] halves
        )
        {
            return [.. halves.SelectMany(field => field.Numbers()).Select(bits => Half16((ushort)bits))];
        }
        return type switch
        {
            Float32 => Convert(4, sizeof(float), BinaryPrimitives.ReadSingleLittleEndian),
            Float64 => Convert(10, sizeof(double), bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
            _ => Convert(9, sizeof(ushort), bytes => Half16(BinaryPrimitives.ReadUInt16LittleEndian(bytes))),
        };

        float Half16(ushort bits) =>
            type == Float16
                ? (float)BitConverter.UInt16BitsToHalf(bits)
                : BitConverter.UInt32BitsToSingle((uint)bits << 16);

        float[] Convert(int number, int width, Reading<float> read) => Values(data, external, number, width, read);
    }

    private static Size[] Wholes(long type, List<ProtobufField> data, byte[]? external)
    {
        var number = type == Int64 ? 7 : 5;
        if (external is null && data.Where(field => field.Number == number).ToArray() is [_, ..] numbers)
        {
            return [.. numbers.SelectMany(field => field.Numbers()).Select(value => new Size(value))];
        }
        return type switch
        {
            Int64 => Values(data, external, 9, sizeof(long), b => new Size(BinaryPrimitives.ReadInt64LittleEndian(b))),
            Int32 => Values(data, external, 9, sizeof(int), b => new Size(BinaryPrimitives.ReadInt32LittleEndian(b))),
            _ => Values(data, external, 9, 1, b => new Size(b[0])),
        };
    }

    /// <summary>The values of raw_data, of an external file, or of a field of their own.</summary>
    private static T[] Values<T>(List<ProtobufField> data, byte[]? external, int number, int width, Reading<T> read)
    {
        ReadOnlyMemory<byte>[] parts = external is null
            ? [.. data.Where(field => field.Number == 9 || field.Number == number).Select(field => field.Bytes)]
            : [external];
        var values = new T[parts.Sum(part => part.Length / width)];
        var at = 0;
        foreach (var part in parts)
        {
            for (var i = 0; i < part.Length / width; i++)
            {
                values[at++] = read(part.Span.Slice(i * width, width));
            }
        }
        return values;
    }

    /// <summary>Reads values that lie in a file beside the model.</summary>
    private byte[] ReadExternal(Dictionary<string, string> entries, string place)
    {
        var location = entries.GetValueOrDefault("location", "");
        var path = Path.GetFullPath(Path.Combine(folder, location));
        var inside = Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar;
        if (location.Contains('\0') || !path.StartsWith(inside, StringComparison.Ordinal))
        {
            throw new FormatError($"{place} is in a file outside of its folder, {FormatError.Quote(location)}", Again);
        }
        if (!File.Exists(path) || !SharedFile.MayHaveContent(path))
        {
            throw new FormatError(
                $"{place} is in a file {FormatError.Quote(location)}, which is not beside it",
                "copy that file there too"
            );
        }
        using var stream = SharedFile.Open(path);
        var offset = Number("offset", 0);
        var length = Number("length", stream.Length - offset);
        if (offset < 0 || length < 0 || length > Math.Min(stream.Length - offset, Array.MaxLength))
        {
            throw new FormatError(
                $"{place} is said to take {length:#,0} bytes from byte {offset:#,0} of {FormatError.Quote(location)}, "
                    + $"which has {stream.Length:#,0}",
                Again
            );
        }
        room.Add(length);
        stream.Position = offset;
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;

        long Number(string name, long otherwise) =>
            long.TryParse(entries.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var value)
                ? value
                : otherwise;
    }

    private delegate T Reading<T>(ReadOnlySpan<byte> bytes);
}
