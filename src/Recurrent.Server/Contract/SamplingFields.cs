using System.Globalization;
using System.Text.Json;
using Recurrent.Decoding;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Server.Contract;

/// <summary>The fields of a body that say how tokens are chosen, and what ends a text.</summary>
internal static class SamplingFields
{
    private static readonly SamplingOptions s_byDefault = new() { Temperature = 1 };

    /// <summary>Reads how a text is written: as the body says, or else as before, or as OpenAI's are.</summary>
    /// <param name="body">The body.</param>
    /// <param name="codec">The model's codec.</param>
    /// <param name="drawSeed">Draws a seed where none is given.</param>
    /// <param name="before">How the text was written that goes on; null for a new one.</param>
    /// <exception cref="ApiException">A field is not as it must be.</exception>
    public static SamplingOptions Read(RequestBody body, TextCodec codec, Func<long> drawSeed, SamplingOptions? before)
    {
        var penalties = Within.From(-SamplingOptions.MaxCountPenalty, SamplingOptions.MaxCountPenalty);
        var otherwise = before ?? s_byDefault;
        var topP = body.Number("top_p", Within.From(0, 1.0), otherwise.TopP);
        var topK = body.Whole("top_k", Within.AtLeast(-1), otherwise.TopK); // -1 is all, too
        return new()
        {
            Temperature = body.Number("temperature", SamplingOptions.Temperatures, otherwise.Temperature),
            TopP = topP > 0 ? topP : 1,
            TopK = topP > 0 ? Math.Max(topK, 0) : 1, // nothing of the probability is the likeliest token
            MinP = body.Number("min_p", SamplingOptions.MinPs, otherwise.MinP),
            RepetitionPenalty = RepetitionPenaltyOf(body, otherwise.RepetitionPenalty),
            PresencePenalty = body.Number("presence_penalty", penalties, otherwise.PresencePenalty),
            FrequencyPenalty = body.Number("frequency_penalty", penalties, otherwise.FrequencyPenalty),
            LogitBias = body.Find("logit_bias") is { } biases
                ? BiasOf(biases, codec.Vocabulary.Count)
                : otherwise.LogitBias,
            StopStrings = body.Find("stop") is null ? otherwise.StopStrings : StopsOf(body),
            Seed = body.Seed("seed") ?? before?.Seed ?? drawSeed(),
        };
    }

    /// <summary>The repetition penalty, by either of the names that servers have for it.</summary>
    private static double RepetitionPenaltyOf(RequestBody body, double byDefault)
    {
        const string Name = "repetition_penalty";
        const string Alias = "repeat_penalty";
        return body.Find(Name) is not null && body.Find(Alias) is not null
            ? throw ApiException.Wrong(Alias, $"{Alias} and {Name} are the same; leave one of them out.")
            : body.Number(body.Find(Alias) is null ? Name : Alias, SamplingOptions.RepetitionPenalties, byDefault);
    }

    private static IReadOnlyList<string> StopsOf(RequestBody body)
    {
        var stops = body.Texts("stop");
        return stops.Count > StateFile.MaxStops
                ? throw ApiException.Wrong(
                    "stop",
                    $"stop has {stops.Count} texts and may have {StateFile.MaxStops}; send fewer."
                )
            : stops.Any(stop => stop.Length is 0 or > StateFile.MaxStopLength)
                ? throw ApiException.Wrong(
                    "stop",
                    $"A text of stop must have 1 to {StateFile.MaxStopLength} characters."
                )
            : stops;
    }

    private static Dictionary<int, double> BiasOf(JsonElement value, int vocabularySize)
    {
        const string Field = "logit_bias";
        var biases = new Dictionary<int, double>();
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw RequestBody.Wrong(Field, value, "an object of token ids and biases");
        }
        var bounds = Within.From(-SamplingOptions.MaxBias, SamplingOptions.MaxBias);
        foreach (var entry in value.EnumerateObject())
        {
            if (
                !int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var token)
                || token >= vocabularySize
            )
            {
                throw ApiException.Wrong(
                    Field,
                    $"A key of logit_bias is {entry.Name} and must be a token id from 0 to {vocabularySize - 1}."
                );
            }
            if (
                entry.Value.ValueKind != JsonValueKind.Number
                || !entry.Value.TryGetDouble(out var bias)
                || !bounds.Contains(bias)
            )
            {
                throw RequestBody.Wrong(Field, entry.Value, bounds.Expected);
            }
            if (!biases.TryAdd(token, bias))
            {
                throw ApiException.Wrong(Field, $"logit_bias has token {token} twice; give one bias for each.");
            }
        }
        return biases;
    }
}
