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
    private const int WithNetworks = 3; // of those that have more than one

    private static readonly ContainerFormat s_format = new(
        "recurrent",
        1,
        "it is a safetensors file, but without a Recurrent configuration "
            + $"(its metadata has no \"{ContainerFormat.FormatMember}\" that is \"recurrent\")",
        "name a file that Recurrent has saved",
        FormatError.Replace
    )
    {
        Newest = WithNetworks,
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
        var hybrid = trained.Model is MixedModel { Second: NGramModel } mixed ? mixed : null;
        RequireMean(hybrid?.First ?? trained.Model);
        var networks = trained.Networks;
        var inFile = type switch
        {
            WeightType.Float16 => TensorType.Float16,
            WeightType.BFloat16 => TensorType.BFloat16,
            _ => TensorType.Float32,
        };
        foreach (var network in networks)
        {
            RequireReadable(network, inFile);
        }
        List<(string, Action<Utf8JsonWriter>)> sections =
        [
            (ModelName, section => ModelSection.Write(section, trained.Network.Configuration)),
            (TextName, section => TextSection.Write(section, trained.Codec)),
            (TrainingName, section => TrainingSection.Write(section, trained.Training)),
        ];
        if (hybrid is not null)
        {
            sections.Add((CountsSection.Name, section => CountsSection.Write(section, hybrid)));
        }
        for (var number = 2; number <= networks.Count; number++)
        {
            var configuration = networks[number - 1].Configuration;
            sections.Add((NameOf(number), section => ModelSection.Write(section, configuration)));
        }
        s_format.Write(
            stream,
            sections,
            [.. trained.Parameters],
            inFile,
            hybrid is null ? null : CountsSection.TensorsOf(hybrid),
            networks.Count > 1 ? WithNetworks
                : hybrid is not null ? WithCounts
                : null
        );
    }

    /// <summary>What the names of a network's parameters begin with in the file: nothing for the first.</summary>
    /// <param name="network">Its number, from 1.</param>
    public static string PrefixOf(int network) => network == 1 ? "" : $"network{network}.";

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
        var networks = NetworksIn(file, hasCounts);
        foreach (var (configuration, parameters) in networks) // before anything is allocated
        {
            RequireKnown(configuration, parameters, create);
        }
        // The file holds as many tokens as it claims, so that no vocabulary is larger than its file.
        var codec = TextSection.Read(file.Section(TextName), networks[0].Configuration.VocabularySize);
        var training = TrainingSection.Read(file.Section(TrainingName));
        var model = MixedModel.Mean([
            .. networks.Select(network => ReadNetwork(file, network.Parameters, network.Configuration, create, device)),
        ]);
        return new TrainedModel(
            hasCounts ? CountsSection.Read(file.Section(CountsSection.Name), file.Tensors, model) : model,
            codec,
            training
        );
    }

    /// <summary>The configuration of each network in a file, and its tensors by the names of its parameters.</summary>
    private static List<(ModelConfiguration Configuration, IReadOnlyList<TensorEntry> Parameters)> NetworksIn(
        Container file,
        bool hasCounts
    )
    {
        List<TensorEntry> rest =
        [
            .. file.Tensors.Entries.Where(entry => !hasCounts || !CountsSection.IsTensor(entry.Name)),
        ];
        List<(ModelConfiguration, IReadOnlyList<TensorEntry>)> more = [];
        var first = ModelSection.Read(file.Section(ModelName));
        for (var number = 2; file.Has(NameOf(number)); number++)
        {
            var prefix = PrefixOf(number);
            var configuration = ModelSection.Read(file.Section(NameOf(number)));
            if (configuration.VocabularySize != first.VocabularySize)
            {
                throw new FormatError(
                    $"its networks have vocabularies of {first.VocabularySize:#,0} and "
                        + $"{configuration.VocabularySize:#,0} entries"
                );
            }
            var isOf = rest.ToLookup(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal));
            more.Add((configuration, [.. isOf[true].Select(one => one with { Name = one.Name[prefix.Length..] })]));
            rest = [.. isOf[false]];
        }
        return [(first, rest), .. more];
    }

    private static void RequireKnown(
        ModelConfiguration configuration,
        IReadOnlyList<TensorEntry> parameters,
        Func<ModelConfiguration, ILanguageModel>? create
    )
    {
        if (LanguageModel.Find(configuration.Kind) is not null)
        {
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
    }

    private static ILanguageModel ReadNetwork(
        Container file,
        IReadOnlyList<TensorEntry> parameters,
        ModelConfiguration configuration,
        Func<ModelConfiguration, ILanguageModel>? create,
        Device? device
    ) =>
        LanguageModel.Find(configuration.Kind) is { } kind
            ? kind.Restore(
                configuration,
                ParameterReader.Read(file.Tensors, parameters, ModelSection.ShapesOf(configuration), LowerRate, device)
            )
            : ReadOwn(file, parameters, configuration, create!);

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

    /// <summary>The name of a network's section.</summary>
    /// <param name="network">Its number, from 1.</param>
    private static string NameOf(int network) => network == 1 ? ModelName : $"{ModelName}{network}";

    /// <summary>Checks that a model, its counts aside, is a network, or the mean of some.</summary>
    /// <returns>How many networks there are.</returns>
    /// <exception cref="FormatError">It is neither.</exception>
    private static int RequireMean(ILanguageModel model) =>
        model switch
        {
            MixedModel { Second: not (MixedModel or NGramModel) } mean when RequireMean(mean.First) is var networks =>
                mean.Weight == MixedModel.WeightOf(networks) ? networks + 1 : throw NeitherOf(),
            MixedModel or NGramModel => throw NeitherOf(),
            _ => 1,
        };

    private static FormatError NeitherOf() =>
        new(
            "a file keeps a network or the mean of some, alone or mixed with counts, and the model is another mixture",
            "mix it so, or save its networks"
        );

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
