namespace Recurrent.Formats;

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
            ParameterReader.RequireSame(
                shapes,
                entries,
                configuration.Kind,
                "its configuration",
                FormatError.Replace
            );
            var codec = TextSection.Read(ModelMetadata.Text(metadata), configuration.VocabularySize);
            var training = TrainingSection.Read(ModelMetadata.Training(metadata));
            var parameters = ParameterReader.Read(stream, shapes, entries);
            var model = ModelSection.KindOf(configuration).Restore(configuration, parameters);
            return new TrainedModel(model, codec, training);
        }
        catch (EndOfStreamException error)
        {
            throw new FormatError("it became shorter while it was read", "read it again", error);
        }
    }
}
