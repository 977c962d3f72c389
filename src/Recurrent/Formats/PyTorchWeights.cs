using Recurrent.Formats.PyTorch;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>Weights that PyTorch has trained, see docs/exchange.md.</summary>
internal static class PyTorchWeights
{
    private const string WayOut =
        "save the state dictionary of one nn.RNN, nn.GRU or nn.LSTM, one nn.Linear and at most one nn.Embedding";

    /// <summary>See <see cref="TrainedModel.ImportPyTorch"/>.</summary>
    public static TrainedModel Import(
        string weightsPath,
        string vocabularyPath,
        string? nonlinearity,
        Action<string>? note
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(weightsPath);
        ArgumentException.ThrowIfNullOrEmpty(vocabularyPath);
        if (nonlinearity is not (null or "tanh" or "relu"))
        {
            throw new ArgumentException(
                $"The nonlinearity is \"{nonlinearity}\" and must be tanh or relu; name that of the nn.RNN.",
                nameof(nonlinearity)
            );
        }
        note ??= _ => { };
        var (configuration, parameters) = InputFile.Read(
            weightsPath,
            stream => ReadWeights(stream, nonlinearity, note)
        );
        return WithVocabulary(configuration, parameters, vocabularyPath, note);
    }

    /// <summary>Puts imported weights and their vocabulary together.</summary>
    public static TrainedModel WithVocabulary(
        ModelConfiguration configuration,
        IReadOnlyList<Parameter> parameters,
        string vocabularyPath,
        Action<string> note
    )
    {
        var (codec, unknown) = InputFile.Read(
            vocabularyPath,
            stream => VocabularyFile.Read(stream, configuration.VocabularySize, note)
        );
        (configuration, parameters) = UnknownEntry.MoveFirst(configuration, parameters, unknown);
        return new TrainedModel(
            RecurrentLanguageModel.Restore(configuration, parameters),
            codec,
            new TrainingSummary()
        );
    }

    private static (ModelConfiguration Configuration, IReadOnlyList<Parameter> Parameters) ReadWeights(
        Stream stream,
        string? nonlinearity,
        Action<string> note
    )
    {
        var file = Open(stream, note);
        TensorEntry[] entries = [.. file.Entries, .. Aliases(file)];
        var dictionary = StateDictionary.Of(entries, WayOut, nonlinearity);
        var configuration = dictionary.Configuration;
        var shapes = ModelSection.ShapesOf(configuration);
        // Under the file's own names, so that errors name what is there.
        ParameterShape[] there =
        [
            .. shapes
                .Where(shape => !dictionary.IsZeros(shape))
                .Select(shape => shape with { Name = dictionary.NameOf(shape) }),
        ];
        var names = there.Select(shape => shape.Name).ToHashSet(StringComparer.Ordinal);
        TensorEntry[] used = [.. entries.Where(entry => names.Contains(entry.Name))];
        ParameterReader.RequireSame(there, used, configuration.Kind, "the others", WayOut);
        RequireApart(used);
        foreach (var entry in entries.Except(used).Where(entry => !dictionary.IsTied(entry)))
        {
            ForeignPart.PassOver(entry, configuration, file, note, WayOut);
        }
        var read = ParameterReader
            .Read(file, used, there, "save weights that are finite numbers")
            .ToDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal);
        if (!dictionary.TellsNonlinearity)
        {
            note(
                "An nn.RNN with tanh and one with ReLU have the same weights, and this one is taken for the former; "
                    + "give the nonlinearity relu if it is the latter."
            );
        }
        if (there.Length < shapes.Count)
        {
            note("The biases that the file does not hold (bias=False) are zeros.");
        }
        return (
            configuration,
            [
                .. shapes.Select(shape => new Parameter(
                    shape.Name,
                    read.GetValueOrDefault(dictionary.NameOf(shape)) ?? Tensor.Zeros(shape.Shape.ToArray())
                )),
            ]
        );
    }

    private static ITensorFile Open(Stream stream, Action<string> note)
    {
        if (TorchArchive.IsIn(stream))
        {
            return TorchArchive.Open(stream, note);
        }
        var bytes = new byte[FileKind.Length];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        stream.Position -= count;
        var isSafetensors = count > SafetensorsReader.PrefixLength && bytes[SafetensorsReader.PrefixLength] == '{';
        return isSafetensors || FileKind.Of(bytes.AsSpan(0, count)) is not { } kind
            ? SafetensorsReader.Open(stream)
            : throw new FormatError($"it is {kind.Name}", WayOut);
    }

    /// <summary>
    /// What safetensors.torch.save_model leaves out: tensors that share the values of another, whose name stands under
    /// theirs in the metadata.
    /// </summary>
    private static IEnumerable<TensorEntry> Aliases(ITensorFile file) =>
        file is SafetensorsReader { Metadata: { } metadata }
            ? from alias in metadata.Strings()
            join entry in file.Entries on alias.Value equals entry.Name
            where file.Entries.All(other => other.Name != alias.Key)
            select entry with
            {
                Name = alias.Key,
            }
            : [];

    /// <summary>
    /// Refuses tensors that share values, but for those that are tied: no module of PyTorch's has them, and a small
    /// file could stand for a large model.
    /// </summary>
    private static void RequireApart(TensorEntry[] entries)
    {
        TensorEntry[] ordered = [.. entries.Where(entry => entry.Count > 0).OrderBy(entry => entry.Begin)];
        foreach (var (one, next) in ordered.Zip(ordered.Skip(1)))
        {
            if (one.End > next.Begin)
            {
                throw new FormatError(
                    $"its tensors {FormatError.Quote(one.Name)} and {FormatError.Quote(next.Name)} share values, as "
                        + "only the weights of an output and an embedding may",
                    "save a copy of each, tensor.clone()"
                );
            }
        }
    }
}
