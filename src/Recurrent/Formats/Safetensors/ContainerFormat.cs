using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Recurrent.Tensors;

namespace Recurrent.Formats.Safetensors;

/// <summary>
/// A kind of safetensors file that Recurrent writes. Its metadata name the format and its version and hold sections,
/// each a JSON object in a string, because safetensors allows nothing else there.
/// </summary>
/// <param name="Name">The name of the format, as the metadata have it.</param>
/// <param name="Version">The version that is written unless another is asked for, and the oldest that is read.</param>
/// <param name="NotOurs">The problem with a file of another format.</param>
/// <param name="NameOurs">The way out there.</param>
/// <param name="Replace">The way out if a file is of a version that never was.</param>
internal sealed record ContainerFormat(string Name, int Version, string NotOurs, string NameOurs, string Replace)
{
    /// <summary>The member of the metadata that has the name.</summary>
    public const string FormatMember = "format";

    private const string VersionMember = "version";

    /// <summary>The newest version that is read.</summary>
    public int Newest { get; init; } = Version;

    /// <summary>Writes a file, front to back.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="sections">The name of each section, and what writes its members into an open object.</param>
    /// <param name="tensors">The tensors in the order of their data.</param>
    /// <param name="type">The type of their values in the file; null for float32.</param>
    /// <param name="integers">Tensors of integers, which follow those; null for none.</param>
    /// <param name="version">The version; null for <see cref="Version"/>.</param>
    /// <param name="waitFor">Waits for the values of a tensor, by its index; null where all are there.</param>
    /// <exception cref="FormatError">The file could not be read again; then nothing is written.</exception>
    public void Write(
        Stream stream,
        IReadOnlyList<(string Name, Action<Utf8JsonWriter> WriteMembers)> sections,
        IReadOnlyList<Parameter> tensors,
        TensorType? type = null,
        IReadOnlyList<IntegerTensor>? integers = null,
        int? version = null,
        Action<int>? waitFor = null
    ) =>
        SafetensorsWriter.Write(
            stream,
            json =>
            {
                json.WriteString(FormatMember, Name);
                json.WriteString(VersionMember, (version ?? Version).ToString(CultureInfo.InvariantCulture));
                foreach (var (name, writeMembers) in sections)
                {
                    json.WriteString(name, SectionOf(writeMembers));
                }
            },
            tensors,
            type ?? TensorType.Float32,
            integers ?? [],
            waitFor
        );

    /// <summary>A section, a JSON object in UTF-8.</summary>
    /// <param name="writeMembers">Writes its members into an open object.</param>
    public static ReadOnlySpan<byte> SectionOf(Action<Utf8JsonWriter> writeMembers)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var section = new Utf8JsonWriter(text, SafetensorsWriter.JsonOptions))
        {
            section.WriteStartObject();
            writeMembers(section);
            section.WriteEndObject();
        }
        return text.WrittenSpan;
    }

    /// <summary>Returns whether a stream holds a file of this format, of any version, damaged or not.</summary>
    /// <param name="stream">A seekable stream at the beginning of the file.</param>
    public bool IsIn(Stream stream)
    {
        try
        {
            return IsIn(SafetensorsReader.Open(stream));
        }
        catch (FormatError)
        {
            return false;
        }
    }

    /// <summary>Opens a file.</summary>
    /// <param name="stream">A seekable stream at the beginning of the file; it must stay open.</param>
    /// <exception cref="FormatError">The file is damaged, another program's, or of another version.</exception>
    public Container Open(Stream stream)
    {
        var reader = SafetensorsReader.Open(stream);
        if (!IsIn(reader))
        {
            throw new FormatError(reader.Metadata is { } other ? OtherThan(other) ?? NotOurs : NotOurs, NameOurs);
        }
        var metadata = reader.Metadata!;
        var version = metadata.String(VersionMember);
        var isNumber = int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        if (isNumber && number >= Version && number <= Newest)
        {
            return new Container(reader, metadata);
        }
        throw isNumber && number > Newest
            ? new FormatError(
                $"a newer Recurrent wrote it, in version {number} of the format, and this one reads {Newest}",
                "update Recurrent"
            )
            : new FormatError(
                $"its format version is {FormatError.Quote(version)}, not {Version}"
                    + (Newest > Version ? $" to {Newest}" : ""),
                Replace
            );
    }

    /// <summary>What a file of another of our formats is; null for a foreign one.</summary>
    private static string? OtherThan(JsonMembers metadata) =>
        metadata.OptionalString(FormatMember) switch
        {
            "recurrent" => "it is a model file",
            "recurrent-checkpoint" => "it is a checkpoint of a training run",
            "recurrent-state" => "it is the state of a text",
            _ => null,
        };

    private bool IsIn(SafetensorsReader reader) =>
        reader.Metadata is { } metadata && metadata.Has(FormatMember) && metadata.String(FormatMember) == Name;
}

/// <summary>A file of a <see cref="ContainerFormat"/>, open to be read.</summary>
/// <param name="reader">Reads its tensors.</param>
/// <param name="metadata">Its metadata.</param>
internal sealed class Container(SafetensorsReader reader, JsonMembers metadata)
{
    /// <summary>The tensors.</summary>
    public SafetensorsReader Tensors => reader;

    /// <summary>Whether there is a section of that name.</summary>
    public bool Has(string name) => metadata.Has(name);

    /// <summary>The section of that name.</summary>
    /// <exception cref="FormatError">There is none, or it is not a JSON object.</exception>
    public JsonMembers Section(string name) =>
        JsonMembers.Parse(Encoding.UTF8.GetBytes(metadata.String(name)), $"its metadata \"{name}\"");
}
