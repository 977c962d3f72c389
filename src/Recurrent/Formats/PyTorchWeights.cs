using Recurrent.Formats.PyTorch;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>Weights that PyTorch has trained, see docs/exchange.md.</summary>
public static class PyTorchWeights
{
    private const string WayOut =
        "save the state dictionary of one nn.RNN, nn.GRU or nn.LSTM, one nn.Linear and at most one nn.Embedding";

    /// <summary>
    /// Makes a model of a state dictionary in a safetensors file: one nn.RNN (tanh), nn.GRU or nn.LSTM of any number
    /// of layers in one or both directions, one nn.Linear, and at most one nn.Embedding, under any names. Kind and
    /// sizes are told by the shapes. Whatever the files claim, no more is allocated than their sizes warrant.
    /// </summary>
    /// <remarks>
    /// A vocabulary that does not begin with <see cref="Vocabulary.UnknownToken"/> gets it as one more entry at index
    /// 0: its weights are zeros and its logit is −100, so that it is never written.
    /// </remarks>
    /// <param name="weightsPath">A safetensors file of float32 tensors.</param>
    /// <param name="vocabularyPath">A JSON file with the token of each index.</param>
    /// <exception cref="ArgumentException">A path is empty.</exception>
    /// <exception cref="ModelFileException">
    /// A file is missing or unreadable, damaged, or of another kind; or the vocabulary is of another size than the
    /// weights'.
    /// </exception>
    public static TrainedModel Import(string weightsPath, string vocabularyPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(weightsPath);
        ArgumentException.ThrowIfNullOrEmpty(vocabularyPath);
        var (configuration, parameters) = InputFile.Read(weightsPath, ReadWeights);
        var (codec, isKnownUnknown) = InputFile.Read(
            vocabularyPath,
            stream => VocabularyFile.Read(stream, configuration.VocabularySize)
        );
        if (!isKnownUnknown)
        {
            (configuration, parameters) = UnknownEntry.Insert(configuration, parameters);
        }
        return new TrainedModel(
            RecurrentLanguageModel.Restore(configuration, parameters),
            codec,
            new TrainingSummary()
        );
    }

    private static (ModelConfiguration Configuration, IReadOnlyList<Parameter> Parameters) ReadWeights(
        Stream stream
    )
    {
        var reader = SafetensorsReader.Open(stream);
        var dictionary = StateDictionary.Of(reader.Entries, WayOut);
        var configuration = dictionary.Configuration;
        var shapes = ModelSection.ShapesOf(configuration);
        // Under the file's own names, so that errors name what is there.
        ParameterShape[] there = [.. shapes.Select(shape => shape with { Name = dictionary.NameOf(shape) })];
        ParameterReader.RequireSame(there, reader.Entries, configuration.Kind, "the others", WayOut);
        var read = ParameterReader.Read(reader, there, "save weights that are finite numbers");
        return (
            configuration,
            [.. shapes.Zip(read, (shape, parameter) => new Parameter(shape.Name, parameter.Value))]
        );
    }
}
