using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// What a model file's metadata hold: the format's name and version, and three sections, each a JSON object in a string,
/// for safetensors allows nothing else there.
/// </summary>
internal static class ModelMetadata
{
    public const string Format = "recurrent";
    public const int Version = 1;

    /// <summary>
    /// Text stays readable: only what JSON demands is escaped, and what Unicode has not assigned. No HTML page is written.
    /// </summary>
    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private const string FormatName = "format";
    private const string VersionName = "version";
    private const string ModelName = "model";
    private const string TextName = "text";
    private const string TrainingName = "training";

    /// <summary>Writes the members of the metadata into an open object.</summary>
    public static void Write(Utf8JsonWriter json, TrainedModel trained)
    {
        json.WriteString(FormatName, Format);
        json.WriteString(VersionName, Version.ToString(CultureInfo.InvariantCulture));
        WriteSection(json, ModelName, section => ModelSection.Write(section, trained.Model.Configuration));
        json.WriteString(TextName, TextOf(trained.Codec));
        WriteSection(json, TrainingName, section => TrainingSection.Write(section, trained.Training));
    }

    /// <summary>Whether a safetensors file is one of ours, of this version or another.</summary>
    public static bool IsIn(SafetensorsHeader header) =>
        header.Metadata is { } metadata && metadata.Has(FormatName) && metadata.String(FormatName) == Format;

    /// <summary>The metadata of a model file.</summary>
    /// <exception cref="FormatError">The file is another program's, or that of a newer version.</exception>
    public static JsonMembers Require(SafetensorsHeader header)
    {
        if (!IsIn(header))
        {
            throw new FormatError(
                "it is a safetensors file, but without a Recurrent configuration "
                    + $"(its metadata has no \"{FormatName}\" that is \"{Format}\")",
                "name a file that Recurrent has saved"
            );
        }
        var metadata = header.Metadata!;
        var version = metadata.String(VersionName);
        if (version == Version.ToString(CultureInfo.InvariantCulture))
        {
            return metadata;
        }
        throw int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number > Version
            ? new FormatError(
                $"a newer Recurrent wrote it, in version {number} of the format, and this one reads {Version}",
                "update Recurrent"
            )
            : new FormatError($"its format version is {FormatError.Quote(version)}, not {Version}");
    }

    public static JsonMembers Model(JsonMembers metadata) => Section(metadata, ModelName);

    public static JsonMembers Text(JsonMembers metadata) => Section(metadata, TextName);

    public static JsonMembers Training(JsonMembers metadata) => Section(metadata, TrainingName);

    private static JsonMembers Section(JsonMembers metadata, string name) =>
        JsonMembers.Parse(Encoding.UTF8.GetBytes(metadata.String(name)), $"its metadata \"{name}\"");

    /// <summary>The section "text" of a codec, a JSON object in UTF-8.</summary>
    /// <exception cref="FormatError">A token is no text that JSON can hold.</exception>
    public static ReadOnlySpan<byte> TextOf(TextCodec codec) =>
        SectionOf(section => TextSection.Write(section, codec));

    private static void WriteSection(Utf8JsonWriter json, string name, Action<Utf8JsonWriter> writeMembers) =>
        json.WriteString(name, SectionOf(writeMembers));

    private static ReadOnlySpan<byte> SectionOf(Action<Utf8JsonWriter> writeMembers)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var section = new Utf8JsonWriter(text, Options))
        {
            section.WriteStartObject();
            writeMembers(section);
            section.WriteEndObject();
        }
        return text.WrittenSpan;
    }
}
