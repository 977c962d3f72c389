using System.Text.Json;

namespace Recurrent.Formats.Safetensors;

/// <summary>
/// An entry of a safetensors header: one tensor, whose values are float32, row-major and little-endian.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">The length of each axis (axes).</param>
/// <param name="Begin">The place where its values begin, in bytes from the first of the data.</param>
/// <param name="End">The place where they end.</param>
internal sealed record TensorEntry(string Name, long[] Shape, long Begin, long End)
{
    /// <summary>The only type of value in model files.</summary>
    public const string Type = "F32";

    private const int MaxAxes = 3;
    private const string TypeName = "dtype";
    private const string ShapeName = "shape";
    private const string OffsetsName = "data_offsets";

    /// <summary>The number of its values.</summary>
    public long Count => (End - Begin) / sizeof(float);

    /// <summary>Reads an entry and checks that its shape and its place agree.</summary>
    /// <exception cref="FormatError">They do not, or one is not as the format has it.</exception>
    public static TensorEntry Read(string name, JsonMembers members)
    {
        var place = $"tensor {FormatError.Quote(name)}";
        if (members.String(TypeName) is var type && type != Type)
        {
            throw new FormatError(
                $"{place} has values of type {FormatError.OneLine(type)}, not {Type}",
                "save the weights as float32"
            );
        }
        var shape = members.Integers(ShapeName, 1, MaxAxes, int.MaxValue);
        var offsets = members.Integers(OffsetsName, 2, 2, long.MaxValue);
        var (begin, end) = (offsets[0], offsets[1]);
        // Three lengths below 2^31 and a factor of 4 stay below 2^95.
        var size = shape.Aggregate((UInt128)sizeof(float), (product, length) => product * (ulong)length);
        if (begin > end || (ulong)(end - begin) != size)
        {
            throw new FormatError(
                $"{place} of shape ({string.Join(", ", shape)}) takes {size} bytes "
                    + $"and its {OffsetsName} are {begin} to {end}"
            );
        }
        return new TensorEntry(name, shape, begin, end);
    }

    /// <summary>Writes the entry into an open object, under its name.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject(Name);
        json.WriteString(TypeName, Type);
        WriteIntegers(json, ShapeName, Shape);
        WriteIntegers(json, OffsetsName, [Begin, End]);
        json.WriteEndObject();
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, ReadOnlySpan<long> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }
        json.WriteEndArray();
    }
}
