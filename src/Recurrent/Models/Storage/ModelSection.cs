using System.Text.Json;

namespace Recurrent.Models.Storage;

/// <summary>The configuration of a model as its file keeps it.</summary>
internal static class ModelSection
{
    private const string Kind = "kind";
    private const string VocabularySize = "vocabularySize";
    private const string HiddenSize = "hiddenSize";

    public static void Write(Utf8JsonWriter json, ModelConfiguration configuration)
    {
        json.WriteString(Kind, configuration.Kind);
        json.WriteNumber(VocabularySize, configuration.VocabularySize);
        json.WriteNumber(HiddenSize, configuration.HiddenSize);
    }

    /// <exception cref="FormatError">A member is missing or out of its range.</exception>
    public static ModelConfiguration Read(JsonMembers members) =>
        new()
        {
            Kind = members.String(Kind),
            VocabularySize = (int)members.Integer(VocabularySize, 1, int.MaxValue),
            HiddenSize = (int)members.Integer(HiddenSize, 1, ModelConfiguration.MaxHiddenSize),
        };

    /// <summary>The kind of model that a configuration names.</summary>
    /// <exception cref="FormatError">There is no such kind.</exception>
    public static ModelKind KindOf(ModelConfiguration configuration) =>
        LanguageModels.Find(configuration.Kind)
        ?? throw new FormatError(
            $"its kind of model is {FormatError.Quote(configuration.Kind)} "
                + $"and this Recurrent knows only {string.Join(", ", LanguageModels.Kinds)}",
            "update Recurrent or choose a kind that it knows"
        );

    /// <summary>The parameters that a model of a configuration has; none is made.</summary>
    /// <exception cref="FormatError">There is no such kind, or a parameter would have more values than a tensor can.</exception>
    public static IReadOnlyList<ParameterShape> ShapesOf(ModelConfiguration configuration)
    {
        try
        {
            return KindOf(configuration).ShapesOf(configuration);
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its configuration");
        }
    }
}
