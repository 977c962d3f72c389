using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>Everything that decides the bytes of a training: two that differ in it cannot continue each other.</summary>
internal static class TrainingFingerprint
{
    private const int MostTogether = 1 << 16; // tokens

    /// <summary>Names and values.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        TrainerOptions options,
        ModelConfiguration model,
        TokenSequence tokens
    ) =>
        [
            new("model", Json(model)),
            new("text", HashOf(tokens)),
            Named("seed", options.Seed),
            Named("batch", options.BatchSize),
            Named("steps", options.Steps),
            Named("epochs", options.Epochs),
            Named("budget", options.Budget?.TotalSeconds ?? 0),
            Named("sampler", options.Sampler),
            Named("optimizer", options.Optimizer),
            Named("learning rate", options.LearningRate),
            Named("momentum", options.Momentum),
            Named("weight decay", options.WeightDecay),
            Named("schedule", options.Schedule),
            Named("warm-up", options.WarmupSteps),
            Named("final rate", options.FinalRate),
            Named("clipping norm", options.ClipNorm ?? 0),
            Named("clipping value", options.ClipValue ?? 0),
            Named("validation", options.Validation),
            Named("patience", options.Patience ?? 0),
        ];

    private static KeyValuePair<string, string> Named<T>(string name, T value) =>
        new(name, string.Create(CultureInfo.InvariantCulture, $"{value}").ToLowerInvariant());

    /// <summary>Of the tokens as 32-bit integers; a part at a time, for they need not all be in memory.</summary>
    private static string HashOf(TokenSequence tokens)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = new int[Math.Min(MostTogether, tokens.Length)];
        for (var start = 0; start < tokens.Length; start += part.Length)
        {
            var some = part.AsSpan(0, Math.Min(part.Length, tokens.Length - start));
            tokens.CopyTo(start, some);
            hash.AppendData(MemoryMarshal.AsBytes(some));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Json(ModelConfiguration model)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            ModelSection.Write(json, model);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
