using System.Text.Json;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// A model file: the model's parameters, and in the metadata the sections "model", "text" and "training". See
/// docs/formats.md.
/// </summary>
internal static class ModelFile
{
    private const string ModelName = "model";
    private const string TextName = "text";
    private const string TrainingName = "training";
    private const string LowerRate = "train the model again with a lower learning rate";

    private const int WithCounts = 2; // the version of files that have them

    private static readonly ContainerFormat s_format = new(
        "recurrent",
        1,
        "it is a safetensors file, but without a Recurrent configuration "
            + $"(its metadata has no \"{ContainerFormat.FormatMember}\" that is \"recurrent\")",
        "name a file that Recurrent has saved",
        FormatError.Replace
    )
    {
        Newest = WithCounts,
    };

    /// <summary>Writes model files.</summary>
    public static OutputFile Output { get; } = new("is not a model", "choose another name", s_format.IsIn);

    /// <summary>Writes a model, front to back.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="trained">The model.</param>
    /// <param name="type">The type of its weights in the file.</param>
    /// <exception cref="FormatError">The model could not be loaded again; then nothing is written.</exception>
    public static void Write(Stream stream, TrainedModel trained, WeightType type)
    {
        var (model, hybrid) = (trained.Network, HybridOf(trained.Model));
        var inFile = type switch
        {
            WeightType.Float16 => TensorType.Float16,
            WeightType.BFloat16 => TensorType.BFloat16,
            _ => TensorType.Float32,
        };
        RequireReadable(model, inFile);
        s_format.Write(
            stream,
            [
                (ModelName, section => ModelSection.Write(section, model.Configuration)),
                (TextName, section => TextSection.Write(section, trained.Codec)),
                (TrainingName, section => TrainingSection.Write(section, trained.Training)),
                .. hybrid is null
                    ? []
                    : ((string, Action<Utf8JsonWriter>)[])
                        [(CountsSection.Name, section => CountsSection.Write(section, hybrid))],
            ],
            model.Parameters,
            inFile,
            hybrid is null ? null : CountsSection.TensorsOf(hybrid),
            hybrid is null ? null : WithCounts
        );
    }

    /// <summary>The section "text" of a codec, a JSON object in UTF-8.</summary>
    /// <exception cref="FormatError">A token is not text that JSON can hold.</exception>
    public static ReadOnlySpan<byte> TextOf(TextCodec codec) =>
        ContainerFormat.SectionOf(section => TextSection.Write(section, codec));

    /// <summary>Reads a model to the end of its file.</summary>
    /// <param name="stream">A seekable stream at the beginning of the file.</param>
    /// <param name="create">Makes a model of a kind that Recurrent does not have; null if there is none.</param>
    /// <param name="device">Where the parameters are to be; null for the default device.</param>
    /// <exception cref="FormatError">It is not a model file, or a damaged one.</exception>
    public static TrainedModel Read(Stream stream, Func<ModelConfiguration, ILanguageModel>? create, Device? device)
    {
        var file = s_format.Open(stream);
        var hasCounts = file.Has(CountsSection.Name);
        IReadOnlyList<TensorEntry> parameters = hasCounts
            ? [.. file.Tensors.Entries.Where(entry => !CountsSection.IsTensor(entry.Name))]
            : file.Tensors.Entries;
        var configuration = ModelSection.Read(file.Section(ModelName));
        var kind = LanguageModel.Find(configuration.Kind);
        if (kind is not null)
        {
            // Before anything is allocated.
            RequireSame(parameters, ModelSection.ShapesOf(configuration), configuration);
        }
        else if (create is null)
        {
            throw new FormatError(
                $"its kind of model is {FormatError.Quote(configuration.Kind)} "
                    + $"and this Recurrent knows only {string.Join(", ", LanguageModel.Kinds)}",
                "update Recurrent, or load it in the program that has this kind, with TrainedModel.Load(path, create)"
            );
        }
        // The file holds as many tokens as it claims, so that no vocabulary is larger than its file.
        var codec = TextSection.Read(file.Section(TextName), configuration.VocabularySize);
        var training = TrainingSection.Read(file.Section(TrainingName));
        var model = kind is null
            ? ReadOwn(file, parameters, configuration, create!)
            : kind.Restore(
                configuration,
                ParameterReader.Read(file.Tensors, parameters, ModelSection.ShapesOf(configuration), LowerRate, device)
            );
        return new TrainedModel(
            hasCounts ? CountsSection.Read(file.Section(CountsSection.Name), file.Tensors, model) : model,
            codec,
            training
        );
    }

    /// <summary>Reads a model of a kind that only the caller knows.</summary>
    private static ILanguageModel ReadOwn(
        Container file,
        IReadOnlyList<TensorEntry> parameters,
        ModelConfiguration configuration,
        Func<ModelConfiguration, ILanguageModel> create
    )
    {
        var model =
            create(configuration)
            ?? throw new InvalidOperationException(
                $"The function that makes models made none of kind \"{configuration.Kind}\"; throw where it cannot."
            );
        if (model.Configuration != configuration)
        {
            throw new FormatError(
                $"the {FormatError.OneLine(configuration.Kind)} that was made for it has another configuration",
                "give the model the configuration that the function is given"
            );
        }
        RequireSame(parameters, ShapesOf(model), configuration);
        ParameterReader.ReadInto(file.Tensors, parameters, model.Parameters, LowerRate);
        return model;
    }

    private static void RequireSame(
        IReadOnlyList<TensorEntry> parameters,
        IReadOnlyList<ParameterShape> shapes,
        ModelConfiguration configuration
    ) => ParameterReader.RequireSame(shapes, parameters, configuration.Kind, "its configuration", FormatError.Replace);

    /// <summary>The model as one that has counts; null for a network alone.</summary>
    /// <exception cref="FormatError">It is neither.</exception>
    private static MixedModel? HybridOf(ILanguageModel model) =>
        model switch
        {
            MixedModel { First: not (MixedModel or NGramModel), Second: NGramModel } hybrid => hybrid,
            MixedModel or NGramModel => throw new FormatError(
                "a file keeps a network, or one that is mixed with counts, and the model is neither",
                "mix it so, or save its networks"
            ),
            _ => null,
        };

    /// <summary>Checks that a file of the model's configuration and parameters is all there is to it.</summary>
    private static void RequireReadable(ILanguageModel model, TensorType type)
    {
        if (LanguageModel.Find(model.Configuration.Kind) is { } kind)
        {
            RequireOfKind(model, kind);
        }
        foreach (var (name, value) in model.Parameters)
        {
            var values = value.ToArray();
            TensorValues.RequireFinite(name, values, LowerRate);
            if (type != TensorType.Float32)
            {
                RequireRoom(name, values, type);
            }
        }
    }

    private static void RequireRoom(string name, float[] values, TensorType type)
    {
        var beyond = Array.FindIndex(type.Round(values), value => !float.IsFinite(value));
        if (beyond >= 0)
        {
            throw new FormatError(
                $"value {beyond} of its parameter {FormatError.Quote(name)} is {values[beyond]}, too large for "
                    + type.Name,
                "choose a wider type"
            );
        }
    }

    private static void RequireOfKind(ILanguageModel model, ModelKind kind)
    {
        if (!kind.CanRestore(model))
        {
            throw new FormatError(
                $"the model is not {kind.Name} as its configuration says: it computes in a way of its own, "
                    + "which no file keeps",
                "give its configuration a kind of its own name, and that to TrainedModel.Load"
            );
        }
        var (found, expected) = (ShapesOf(model), ModelSection.ShapesOf(model.Configuration));
        if (!found.SequenceEqual(expected))
        {
            throw new FormatError(
                $"the model has the parameters {string.Join(", ", found)} and its kind, {kind.Name}, "
                    + $"has {string.Join(", ", expected)}",
                "name and shape them so"
            );
        }
    }

    private static IReadOnlyList<ParameterShape> ShapesOf(ILanguageModel model) =>
        [.. model.Parameters.Select(parameter => new ParameterShape(parameter.Name, parameter.Value.Shape))];
}
