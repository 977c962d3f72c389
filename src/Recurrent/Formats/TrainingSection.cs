using System.Text.Json;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats;

/// <summary>The summary of a training run as a model file keeps it. Null members are left out.</summary>
internal static class TrainingSection
{
    private const string Epochs = "epochs";
    private const string Tokens = "tokens";
    private const string Perplexity = "perplexity";
    private const string ValidationPerplexity = "validationPerplexity";
    private const string NetworkPerplexity = "networkValidationPerplexity";
    private const string Lines = "heldOutLines";
    private const string Count = "count";
    private const string Thresholds = "thresholds";
    private const string Rate = "rate";
    private const string Bits = "bitsPerCharacter";
    private const string LinesPlace = "its metadata \"training\" under \"heldOutLines\"";
    private const int MostThresholds = 1000;
    private const string Text = "text";
    private const string CorpusHash = "corpusHash";
    private const string Settings = "settings";

    public static void Write(Utf8JsonWriter json, TrainingSummary training)
    {
        json.WriteNumber(Epochs, training.Epochs);
        json.WriteNumber(Tokens, training.Tokens);
        WritePerplexity(json, Perplexity, training.Perplexity);
        WritePerplexity(json, ValidationPerplexity, training.ValidationPerplexity);
        WritePerplexity(json, NetworkPerplexity, training.NetworkValidationPerplexity);
        if (training.HeldOutLines is { } lines)
        {
            WriteLines(json, lines);
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
                ValidationPerplexity = members.OptionalNumber(ValidationPerplexity),
                NetworkValidationPerplexity = members.OptionalNumber(NetworkPerplexity),
                HeldOutLines = members.Has(Lines) ? ReadLines(members.Object(Lines, LinesPlace)) : null,
                Text = members.OptionalString(Text),
                CorpusHash = members.OptionalString(CorpusHash),
                Settings = settings.Strings(),
            };
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its training");
        }
    }

    private static void WriteLines(Utf8JsonWriter json, HeldOutLines lines)
    {
        json.WriteStartObject(Lines);
        json.WriteNumber(Count, lines.Count);
        json.WriteStartArray(Thresholds);
        foreach (var (rate, bits) in lines.Thresholds)
        {
            json.WriteStartObject();
            json.WriteNumber(Rate, rate);
            json.WriteNumber(Bits, bits);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static HeldOutLines ReadLines(JsonMembers lines)
    {
        (double, double)[] thresholds =
        [
            .. lines
                .Objects(Thresholds, MostThresholds)
                .Select(one => (one.OptionalNumber(Rate) ?? double.NaN, one.OptionalNumber(Bits) ?? double.NaN)),
        ];
        return thresholds.Length > 0 && thresholds.All(one => one is { Item1: > 0 and <= 1, Item2: >= 0 })
            ? new((int)lines.Integer(Count, 1, int.MaxValue), thresholds)
            : throw new FormatError($"{LinesPlace} lacks thresholds, or one is not a rate with its bits");
    }

    private static void WritePerplexity(Utf8JsonWriter json, string name, double? value)
    {
        if (value is not { } perplexity)
        {
            return;
        }
        if (double.IsFinite(perplexity))
        {
            json.WriteNumber(name, perplexity);
        }
        else
        {
            json.WriteString(name, JsonMembers.Infinity);
        }
    }
}
