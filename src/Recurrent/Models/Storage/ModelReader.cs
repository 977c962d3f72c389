using Recurrent.Tensors;

namespace Recurrent.Models.Storage;

/// <summary>
/// Reads a model file. What the header claims is checked against the file's size, and what the configuration claims against
/// the header, before anything is allocated for it.
/// </summary>
internal static class ModelReader
{
    /// <summary>Reads a model file to its end.</summary>
    /// <param name="stream">A seekable stream that stands at the beginning of the file.</param>
    /// <exception cref="FormatError">It is no model file or a damaged one.</exception>
    public static TrainedModel Read(Stream stream)
    {
        try
        {
            var header = SafetensorsHeader.Read(stream);
            var metadata = ModelMetadata.Require(header);
            var configuration = ModelSection.Read(ModelMetadata.Model(metadata));
            var shapes = ModelSection.ShapesOf(configuration);
            var entries = header.ReadEntries();
            RequireSame(shapes, entries, configuration.Kind);
            var codec = TextSection.Read(ModelMetadata.Text(metadata), configuration.VocabularySize);
            var training = TrainingSection.Read(ModelMetadata.Training(metadata));
            var parameters = ReadParameters(stream, shapes, entries);
            var model = ModelSection.KindOf(configuration).Restore(configuration, parameters);
            return new TrainedModel(model, codec, training);
        }
        catch (EndOfStreamException error)
        {
            throw new FormatError("it became shorter while it was read", "read it again", error);
        }
    }

    private static void RequireSame(
        IReadOnlyList<ParameterShape> shapes,
        IReadOnlyList<TensorEntry> entries,
        string kind
    )
    {
        var byName = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        foreach (var shape in shapes)
        {
            if (!byName.Remove(shape.Name, out var entry))
            {
                throw new FormatError($"it lacks the parameter {shape} of its model, which is {kind}");
            }
            if (!entry.Shape.SequenceEqual(shape.Shape.ToArray().Select(length => (long)length)))
            {
                throw new FormatError(
                    $"its parameter {shape.Name} has the shape ({string.Join(", ", entry.Shape)}) "
                        + $"and {shape.Shape} by its configuration"
                );
            }
        }
        if (byName.Count > 0)
        {
            throw new FormatError(
                $"it holds a tensor {FormatError.Quote(byName.First().Key)}, which {kind} has no use for"
            );
        }
    }

    private static IReadOnlyList<Parameter> ReadParameters(
        Stream stream,
        IReadOnlyList<ParameterShape> shapes,
        IReadOnlyList<TensorEntry> entries
    )
    {
        var tensors = shapes.ToDictionary(
            shape => shape.Name,
            shape => Tensor.Zeros(shape.Shape.ToArray()),
            StringComparer.Ordinal
        );
        foreach (var entry in entries)
        {
            var values = tensors[entry.Name].Edit();
            TensorValues.Read(stream, values);
            TensorValues.RequireFinite(entry.Name, values);
        }
        return [.. shapes.Select(shape => new Parameter(shape.Name, tensors[shape.Name]))];
    }
}
