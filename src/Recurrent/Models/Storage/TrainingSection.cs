using System.Text.Json;

namespace Recurrent.Models.Storage;

/// <summary>The summary of a training as a model file keeps it. What is null is left out.</summary>
internal static class TrainingSection
{
    private const string Epochs = "epochs";
    private const string Tokens = "tokens";
    private const string Perplexity = "perplexity";
    private const string Text = "text";
    private const string CorpusHash = "corpusHash";
    private const string Settings = "settings";

    public static void Write(Utf8JsonWriter json, TrainingSummary training)
    {
        json.WriteNumber(Epochs, training.Epochs);
        json.WriteNumber(Tokens, training.Tokens);
        if (training.Perplexity is { } perplexity)
        {
            if (double.IsFinite(perplexity))
            {
                json.WriteNumber(Perplexity, perplexity);
            }
            else
            {
                json.WriteString(Perplexity, JsonMembers.Infinity);
            }
        }
        if (training.Text is { } text)
        {
            json.WriteString(Text, text);
        }
        if (training.CorpusHash is { } hash)
        {
            json.WriteString(CorpusHash, hash);
        }
        json.WriteStartObject(Settings);
        foreach (var (name, value) in training.Settings)
        {
            json.WriteString(name, value);
        }
        json.WriteEndObject();
    }

    /// <exception cref="FormatError">A member is missing or wrong.</exception>
    public static TrainingSummary Read(JsonMembers members)
    {
        var settings = members.Object(Settings, "its metadata \"training\" under \"settings\"");
        try
        {
            return new TrainingSummary
            {
                Epochs = (int)members.Integer(Epochs, 0, int.MaxValue),
                Tokens = members.Integer(Tokens, 0, long.MaxValue),
                Perplexity = members.OptionalNumber(Perplexity),
                Text = members.OptionalString(Text),
                CorpusHash = members.OptionalString(CorpusHash),
                Settings =
                [
                    .. settings.Names.Select(name => KeyValuePair.Create(name, settings.String(name))),
                ],
            };
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its training");
        }
    }
}
