using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Recurrent.Tensors;

namespace Recurrent.Formats.Safetensors;

/// <summary>Writes a safetensors file.</summary>
internal static class SafetensorsWriter
{
    /// <summary>
    /// Text stays readable: only what JSON demands is escaped, and what Unicode has not assigned. No HTML page is
    /// written.
    /// </summary>
    public static readonly JsonWriterOptions JsonOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // Values that begin at a multiple of their size can be read where they lie, as memory-mapping readers do.
    private const int Alignment = 8;

    /// <summary>Writes a file, front to back.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="writeMetadata">Writes the strings of the metadata into an open object.</param>
    /// <param name="tensors">The tensors in the order of their data.</param>
    /// <param name="type">The type of their values in the file.</param>
    /// <param name="integers">Tensors of integers, which follow those.</param>
    /// <param name="waitFor">Waits for the values of a tensor, by its index; null where all are there.</param>
    /// <exception cref="FormatError">The file could not be read again; then nothing is written.</exception>
    public static void Write(
        Stream stream,
        Action<Utf8JsonWriter> writeMetadata,
        IReadOnlyList<Parameter> tensors,
        TensorType type,
        IReadOnlyList<IntegerTensor> integers,
        Action<int>? waitFor = null
    )
    {
        RequireNames([.. tensors.Select(tensor => tensor.Name), .. integers.Select(tensor => tensor.Name)]);
        WriteHeader(stream, writeMetadata, tensors, type, integers);
        for (var i = 0; i < tensors.Count; i++)
        {
            waitFor?.Invoke(i);
            TensorValues.Write(stream, tensors[i].Value, type);
        }
        foreach (var (_, values, integer) in integers)
        {
            TensorValues.Write(stream, values, integer);
        }
    }

    private static void RequireNames(IReadOnlyList<string> tensors)
    {
        var names = new HashSet<string>([SafetensorsReader.MetadataName], StringComparer.Ordinal);
        foreach (var name in tensors)
        {
            if (!names.Add(name))
            {
                throw new FormatError(
                    $"it would hold two entries called {FormatError.Quote(name)}",
                    "give each parameter a name of its own"
                );
            }
        }
    }

    private static void WriteHeader(
        Stream stream,
        Action<Utf8JsonWriter> writeMetadata,
        IReadOnlyList<Parameter> tensors,
        TensorType type,
        IReadOnlyList<IntegerTensor> integers
    )
    {
        var header = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(header, JsonOptions))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafetensorsReader.MetadataName);
            writeMetadata(json);
            json.WriteEndObject();
            var end = 0L;
            foreach (var (name, value) in tensors)
            {
                WriteEntry(name, type, [.. value.Shape.ToArray()], value.Count);
            }
            foreach (var (name, values, integer) in integers)
            {
                WriteEntry(name, integer, [values.Length], values.Length);
            }
            json.WriteEndObject();

            void WriteEntry(string name, TensorType type, long[] shape, long count)
            {
                var begin = end;
                end += count * type.Size;
                new TensorEntry(name, type, shape, begin, end).Write(json);
            }
        }
        var blanks = (Alignment - (header.WrittenCount % Alignment)) % Alignment;
        header.GetSpan(blanks)[..blanks].Fill((byte)' ');
        header.Advance(blanks);
        if (header.WrittenCount > SafetensorsReader.MaxHeaderLength)
        {
            throw new FormatError(
                $"its header, which holds the vocabulary, takes {header.WrittenCount:#,0} bytes "
                    + $"and the most is {SafetensorsReader.MaxHeaderLength}",
                "raise the vocabulary's minimum frequency"
            );
        }

        Span<byte> prefix = stackalloc byte[SafetensorsReader.PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.WrittenCount);
        stream.Write(prefix);
        stream.Write(header.WrittenSpan);
    }
}

/// <summary>A tensor of one axis, of integers that are not negative.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">Its values.</param>
/// <param name="Type">Their type in the file.</param>
internal sealed record IntegerTensor(string Name, int[] Values, TensorType Type)
{
    /// <summary>Takes the smallest type that holds the values.</summary>
    public IntegerTensor(string name, int[] values)
        : this(name, values, TensorType.ForIntegersTo(values.Length > 0 ? values.Max() : 0)) { }
}
