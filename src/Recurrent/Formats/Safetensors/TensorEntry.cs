using System.Text.Json;

namespace Recurrent.Formats.Safetensors;

/// <summary>
/// An entry of a safetensors header: one tensor, whose values are float32, row-major and little-endian.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its values.</param>
/// <param name="Shape">The length of each axis (axes).</param>
/// <param name="Begin">The place where its values begin, in bytes from the first of the data.</param>
/// <param name="End">The place where they end.</param>
internal sealed record TensorEntry(string Name, TensorType Type, long[] Shape, long Begin, long End)
{
    /// <summary>The most axes of a tensor.</summary>
    public const int MaxAxes = 4;

    private const string AsFloat32 = "save the weights as float32";
    private const string TypeName = "dtype";
    private const string ShapeName = "shape";
    private const string OffsetsName = "data_offsets";

    /// <summary>The number of its values.</summary>
    public long Count => (End - Begin) / Type.Size;

    /// <summary>Whether another tensor has the same values, at the same place.</summary>
    public bool Shares(TensorEntry? other) =>
        other is not null && Begin < End && (Begin, End) == (other.Begin, other.End);

    /// <summary>Checks that the values can be weights.</summary>
    /// <exception cref="FormatError">They are integers, or of a type that is not known here.</exception>
    public void RequireFloats()
    {
        if (Type.ToFloats is null)
        {
            throw new FormatError($"tensor {FormatError.Quote(Name)} has values of type {Type.Name}", AsFloat32);
        }
    }

    /// <summary>Reads an entry and checks that its shape and its place agree.</summary>
    /// <exception cref="FormatError">They do not, or one is not as the format has it.</exception>
    public static TensorEntry Read(string tensor, JsonMembers members)
    {
        var place = $"tensor {FormatError.Quote(tensor)}";
        var name = members.String(TypeName);
        var type =
            TensorType.Find(name)
            ?? throw new FormatError($"{place} has values of the unknown type {FormatError.OneLine(name)}", AsFloat32);
        var shape = members.Integers(ShapeName, 0, MaxAxes, int.MaxValue);
        var offsets = members.Integers(OffsetsName, 2, 2, long.MaxValue);
        var (begin, end) = (offsets[0], offsets[1]);
        // Four lengths below 2^31 and a factor of 8 stay below 2^127.
        var size = shape.Aggregate((UInt128)type.Size, (product, length) => product * (ulong)length);
        if (begin > end || (ulong)(end - begin) != size)
        {
            throw new FormatError(
                $"{place} of shape ({string.Join(", ", shape)}) takes {size} bytes "
                    + $"and its {OffsetsName} are {begin} to {end}"
            );
        }
        return new TensorEntry(tensor, type, shape, begin, end);
    }

    /// <summary>Writes the entry into an open object, under its name.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject(Name);
        json.WriteString(TypeName, Type.Name);
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
