using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Recurrent.Files;
using Recurrent.Formats;
using Recurrent.Tensors;

namespace Recurrent.Training.Checkpoints;

/// <summary>
/// A checkpoint is a safetensors file like a model's: its weights under the same names, beside them the tensors of the
/// training, and in the metadata its settings and where it stands.
/// </summary>
internal static class CheckpointFile
{
    private const string Format = "recurrent-checkpoint";
    private const string Version = "2";
    private const string WayOut = "give the settings it was begun with, or train anew without resuming";
    private const int Alignment = 8;

    public static void Write(
        string path,
        IReadOnlyList<KeyValuePair<string, string>> fingerprint,
        CheckpointRecord record,
        IReadOnlyList<Parameter> tensors
    )
    {
        CheckDestination(path);
        List<Parameter> all = [.. tensors];
        if (record.Reports.Count > 0)
        {
            all.Add(ReportsTensor.From(record.Reports));
        }
        var header = Header(fingerprint, record, all);
        AtomicFile.Write(
            path,
            stream =>
            {
                Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
                BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.WrittenCount);
                stream.Write(prefix);
                stream.Write(header.WrittenSpan);
                foreach (var tensor in all)
                {
                    TensorValues.Write(stream, tensor.Value.Values);
                }
            }
        );
    }

    /// <summary>Reads a checkpoint; the tensors are changed only when all the rest is right.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fingerprint">What the file must have been written for.</param>
    /// <param name="tensorsOf">The tensors to read into, which depend on where the training stands.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or another training's.</exception>
    public static CheckpointRecord Read(
        string path,
        IReadOnlyList<KeyValuePair<string, string>> fingerprint,
        Func<CheckpointRecord, IReadOnlyList<Parameter>> tensorsOf
    )
    {
        try
        {
            using var stream = ModelFile.OpenRead(path);
            var header = SafetensorsHeader.Read(stream);
            var metadata = Require(header);
            RequireSame(Section(metadata, "settings"), fingerprint);
            var record = CheckpointJson.Read(Section(metadata, "state"));
            List<Parameter> tensors = [.. tensorsOf(record)];
            var reports = ReportsTensor.NameAndShape(record.Position.Epoch - 1);
            RequireSame(header.ReadEntries(), tensors, reports);
            foreach (var tensor in tensors)
            {
                TensorValues.Read(stream, tensor.Value.Edit());
            }
            return record with { Reports = ReportsTensor.Read(stream, record) };
        }
        catch (Exception error) when (error is FormatError or IOException or UnauthorizedAccessException)
        {
            throw ModelFileException.Reading(path, error);
        }
    }

    private static void CheckDestination(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }
        using var stream = ModelFile.OpenRead(path);
        if (stream.Length > 0 && !IsCheckpoint(stream))
        {
            throw new ModelFileException(
                $"Cannot write {path}: a file that is no checkpoint stands there and would be lost; move it away."
            );
        }
    }

    private static bool IsCheckpoint(Stream stream)
    {
        try
        {
            return IsIn(SafetensorsHeader.Read(stream));
        }
        catch (FormatError)
        {
            return false;
        }
    }

    private static bool IsIn(SafetensorsHeader header) =>
        header.Metadata is { } metadata && metadata.Has("format") && metadata.String("format") == Format;

    private static JsonMembers Require(SafetensorsHeader header)
    {
        if (!IsIn(header))
        {
            throw new FormatError("it is no checkpoint of a training", "name one or train anew");
        }
        var metadata = header.Metadata!;
        return metadata.String("version") == Version
            ? metadata
            : throw new FormatError(
                $"its format version is {FormatError.Quote(metadata.String("version"))}, not {Version}",
                "train anew without resuming"
            );
    }

    private static void RequireSame(JsonMembers found, IReadOnlyList<KeyValuePair<string, string>> expected)
    {
        foreach (var (name, value) in expected)
        {
            if (found.String(name) is var other && other != value)
            {
                var values =
                    name == "text" ? "another text"
                    : name == "model" ? "another model"
                    : $"{name} {FormatError.OneLine(other)} instead of {value}";
                throw new FormatError($"it is of a training with {values}", WayOut);
            }
        }
    }

    private static void RequireSame(
        IReadOnlyList<TensorEntry> found,
        IReadOnlyList<Parameter> tensors,
        string? reports
    )
    {
        var names = found.Select(entry => $"{entry.Name} ({string.Join(", ", entry.Shape)})");
        var expected = tensors.Select(tensor => $"{tensor.Name} {tensor.Value.Shape}");
        if (!names.SequenceEqual(reports is null ? expected : [.. expected, reports]))
        {
            throw new FormatError("its tensors are not those of this training", WayOut);
        }
    }

    private static ArrayBufferWriter<byte> Header(
        IReadOnlyList<KeyValuePair<string, string>> fingerprint,
        CheckpointRecord record,
        IReadOnlyList<Parameter> tensors
    )
    {
        var header = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(header, ModelMetadata.Options))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            json.WriteString("format", Format);
            json.WriteString("version", Version);
            WriteSection(json, "settings", section => WriteStrings(section, fingerprint));
            WriteSection(json, "state", section => CheckpointJson.Write(section, record));
            json.WriteEndObject();
            var end = 0L;
            foreach (var (name, value) in tensors)
            {
                var begin = end;
                end += (long)value.Count * sizeof(float);
                new TensorEntry(name, [.. value.Shape.ToArray()], begin, end).Write(json);
            }
            json.WriteEndObject();
        }
        var blanks = (Alignment - (header.WrittenCount % Alignment)) % Alignment;
        header.GetSpan(blanks)[..blanks].Fill((byte)' ');
        header.Advance(blanks);
        return header;
    }

    private static void WriteStrings(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> strings)
    {
        foreach (var (name, value) in strings)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteSection(Utf8JsonWriter json, string name, Action<Utf8JsonWriter> writeMembers)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var section = new Utf8JsonWriter(text, ModelMetadata.Options))
        {
            section.WriteStartObject();
            writeMembers(section);
            section.WriteEndObject();
        }
        json.WriteString(name, text.WrittenSpan);
    }

    private static JsonMembers Section(JsonMembers metadata, string name) =>
        JsonMembers.Parse(Encoding.UTF8.GetBytes(metadata.String(name)), $"its metadata \"{name}\"");
}
