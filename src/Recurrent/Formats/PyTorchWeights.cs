using Recurrent.Formats.PyTorch;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Formats;

/// <summary>Weights that PyTorch has trained, see docs/exchange.md.</summary>
internal static class PyTorchWeights
{
    private const string WayOut =
        "save the state dictionary of one nn.RNN, nn.GRU or nn.LSTM, one nn.Linear and at most one nn.Embedding";

    /// <summary>See <see cref="TrainedModel.ImportPyTorch"/>.</summary>
    public static TrainedModel Import(string weightsPath, string vocabularyPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(weightsPath);
        ArgumentException.ThrowIfNullOrEmpty(vocabularyPath);
        var (configuration, parameters) = InputFile.Read(weightsPath, ReadWeights);
        return WithVocabulary(configuration, parameters, vocabularyPath);
    }

    /// <summary>Puts imported weights and their vocabulary together.</summary>
    public static TrainedModel WithVocabulary(
        ModelConfiguration configuration,
        IReadOnlyList<Parameter> parameters,
        string vocabularyPath
    )
    {
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

    private static (ModelConfiguration Configuration, IReadOnlyList<Parameter> Parameters) ReadWeights(Stream stream)
    {
        var reader = SafetensorsReader.Open(stream);
        var dictionary = StateDictionary.Of(reader.Entries, WayOut);
        var configuration = dictionary.Configuration;
        var shapes = ModelSection.ShapesOf(configuration);
        // Under the file's own names, so that errors name what is there.
        ParameterShape[] there = [.. shapes.Select(shape => shape with { Name = dictionary.NameOf(shape) })];
        ParameterReader.RequireSame(there, reader.Entries, configuration.Kind, "the others", WayOut);
        var read = ParameterReader.Read(reader, there, "save weights that are finite numbers");
        return (configuration, [.. shapes.Zip(read, (shape, parameter) => new Parameter(shape.Name, parameter.Value))]);
    }
}
