using System.Text.Json;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;

namespace Recurrent.Formats;

/// <summary>The configuration of a model as its file keeps it.</summary>
internal static class ModelSection
{
    private const string Kind = "kind";
    private const string VocabularySize = "vocabularySize";
    private const string HiddenSize = "hiddenSize";
    private const string Layers = "layers";
    private const string Bidirectional = "bidirectional";
    private const string Dropout = "dropout";
    private const string EmbeddingSize = "embeddingSize";
    private const string Features = "features";
    private const string Rows = "rows";
    private const string Letters = "letters";
    private const string TiedWeights = "tiedWeights";
    private const string InitialDeviation = "initialDeviation";
    private const string Options = "options";

    /// <summary>Writes the members; those with default values are left out, except the sizes.</summary>
    public static void Write(Utf8JsonWriter json, ModelConfiguration configuration)
    {
        json.WriteString(Kind, configuration.Kind);
        json.WriteNumber(VocabularySize, configuration.VocabularySize);
        json.WriteNumber(HiddenSize, configuration.HiddenSize);
        if (configuration.Layers != 1)
        {
            json.WriteNumber(Layers, configuration.Layers);
        }
        if (configuration.Bidirectional)
        {
            json.WriteBoolean(Bidirectional, true);
        }
        if (configuration.Dropout > 0)
        {
            json.WriteNumber(Dropout, configuration.Dropout);
        }
        if (configuration.EmbeddingSize > 0)
        {
            json.WriteNumber(EmbeddingSize, configuration.EmbeddingSize);
        }
        if (configuration.Features is { } features)
        {
            json.WriteStartObject(Features);
            json.WriteNumber(Rows, features.Rows);
            json.WriteNumber(Dropout, features.Dropout);
            json.WriteStartArray(Letters);
            foreach (var letter in features.Letters ?? [])
            {
                json.WriteNumberValue(letter);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        if (configuration.TiedWeights)
        {
            json.WriteBoolean(TiedWeights, true);
        }
        if (configuration.InitialDeviation is { } sigma)
        {
            json.WriteNumber(InitialDeviation, sigma);
        }
        if (configuration.Options.Count > 0)
        {
            json.WriteStartObject(Options);
            foreach (var (name, value) in configuration.Options)
            {
                json.WriteString(name, value);
            }
            json.WriteEndObject();
        }
    }

    /// <exception cref="FormatError">A member is missing or out of its range.</exception>
    public static ModelConfiguration Read(JsonMembers members)
    {
        try
        {
            var vocabularySize = (int)members.Integer(VocabularySize, 1, int.MaxValue);
            return new()
            {
                Kind = members.String(Kind),
                VocabularySize = vocabularySize,
                HiddenSize = (int)members.Integer(HiddenSize, 1, ModelConfiguration.MaxHiddenSize),
                Layers = members.Has(Layers) ? (int)members.Integer(Layers, 1, ModelConfiguration.MaxLayers) : 1,
                Bidirectional = members.OptionalBoolean(Bidirectional),
                Dropout = members.OptionalNumber(Dropout) ?? 0,
                EmbeddingSize = members.Has(EmbeddingSize)
                    ? (int)members.Integer(EmbeddingSize, 0, ModelConfiguration.MaxEmbeddingSize)
                    : 0,
                Features = members.Has(Features)
                    ? ReadFeatures(
                        members.Object(Features, "its metadata \"model\" under \"features\""),
                        vocabularySize
                    )
                    : null,
                TiedWeights = members.OptionalBoolean(TiedWeights),
                InitialDeviation = members.OptionalNumber(InitialDeviation),
                Options = members.Has(Options)
                    ? members.Object(Options, "its metadata \"model\" under \"options\"").Strings()
                    : [],
            };
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its configuration");
        }
    }

    private static ContextFeatures ReadFeatures(JsonMembers members, int vocabularySize) =>
        new()
        {
            Rows = (int)members.Integer(Rows, 1, ContextFeatures.MaxRows),
            Dropout = members.OptionalNumber(Dropout) ?? 0,
            Letters =
            [
                .. members.Integers(Letters, 0, vocabularySize, vocabularySize - 1).Select(letter => (int)letter),
            ],
        };

    /// <summary>The parameters that a model of one of Recurrent's kinds has; none is made.</summary>
    /// <exception cref="FormatError">A parameter would have more values than a tensor can.</exception>
    public static IReadOnlyList<ParameterShape> ShapesOf(ModelConfiguration configuration)
    {
        try
        {
            return LanguageModel.Find(configuration.Kind)!.ShapesOf(configuration);
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its configuration");
        }
    }
}
