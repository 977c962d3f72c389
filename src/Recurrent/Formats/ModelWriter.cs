using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Recurrent.Models;

namespace Recurrent.Formats;

/// <summary>Writes a model file.</summary>
internal static class ModelWriter
{
    // Values that begin at a multiple of their size can be read where they lie, as memory-mapping readers do.
    private const int Alignment = 8;

    /// <summary>Writes a model file, front to back.</summary>
    /// <exception cref="FormatError">The file could not be read again; then nothing is written.</exception>
    public static void Write(Stream stream, TrainedModel trained)
    {
        RequireReadable(trained);
        WriteHeader(stream, trained);
        foreach (var parameter in trained.Model.Parameters)
        {
            TensorValues.Write(stream, parameter.Value.ToArray());
        }
    }

    /// <summary>A file keeps a model's configuration and its parameters, so these must be all there is to it.</summary>
    private static void RequireReadable(TrainedModel trained)
    {
        var configuration = trained.Model.Configuration;
        var kind = ModelSection.KindOf(configuration);
        if (!kind.IsWhole(trained.Model))
        {
            throw new FormatError(
                $"the model is not {kind.Name} as its configuration says, for it computes in a way of its own, "
                    + "which no file keeps",
                "save one of that kind that has the same parameters"
            );
        }
        if (configuration.VocabularySize != trained.Codec.Vocabulary.Count)
        {
            throw new FormatError(
                $"the model has {configuration.VocabularySize} vocabulary entries and its codec "
                    + $"{trained.Codec.Vocabulary.Count}",
                "use the codec that the model was trained with"
            );
        }
        var parameters = trained.Model.Parameters;
        ParameterShape[] found = [.. parameters.Select(p => new ParameterShape(p.Name, p.Value.Shape))];
        var expected = ModelSection.ShapesOf(configuration);
        if (!found.SequenceEqual(expected))
        {
            throw new FormatError(
                $"the model has the parameters {string.Join(", ", found)} and its kind, {kind.Name}, "
                    + $"has {string.Join(", ", expected)}",
                "name and shape them so"
            );
        }
        foreach (var parameter in parameters)
        {
            TensorValues.RequireFinite(parameter.Name, parameter.Value.ToArray());
        }
    }

    private static void WriteHeader(Stream stream, TrainedModel trained)
    {
        var header = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(header, ModelMetadata.Options))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            ModelMetadata.Write(json, trained);
            json.WriteEndObject();
            var end = 0L;
            foreach (var (name, value) in trained.Model.Parameters)
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
        if (header.WrittenCount > SafetensorsHeader.MaxLength)
        {
            throw new FormatError(
                $"its header, which holds the vocabulary, takes {header.WrittenCount} bytes "
                    + $"and the most is {SafetensorsHeader.MaxLength}",
                "raise the vocabulary's minimum frequency"
            );
        }

        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.WrittenCount);
        stream.Write(prefix);
        stream.Write(header.WrittenSpan);
    }
}
