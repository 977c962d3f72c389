using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>
/// Everything that decides the bytes of a training run: two that differ in it cannot continue each other.
/// </summary>
internal static class TrainingFingerprint
{
    /// <summary>The program's version, with the commit that it was built of where that is known.</summary>
    public static string Version { get; } =
        typeof(TrainingFingerprint)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;

    private const int MostTogether = 1 << 16; // tokens

    /// <summary>Names and values.</summary>
    /// <param name="plan">The model and its training.</param>
    /// <param name="parts">The names of parts of the caller's own.</param>
    /// <param name="tokens">The text, without what is held out.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        TrainingPlan plan,
        PartNames parts,
        TokenSequence tokens
    ) => [new("model", Json(plan.Model)), new("text", HashOf(tokens)), .. TrainingSettings.Identity(plan, parts)];

    /// <summary>
    /// Of the tokens as 32-bit integers; a part at a time, because they need not all be in memory. Of a long text's,
    /// which would take long to read, of what decides them.
    /// </summary>
    public static string HashOf(TokenSequence tokens)
    {
        if (tokens.Identity is { } text)
        {
            var words = $"{text.Text}, {text.Start}, {tokens.Length}";
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(words)));
        }
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = new int[Math.Min(MostTogether, tokens.Length)];
        for (var start = 0L; start < tokens.Length; start += part.Length)
        {
            var some = part.AsSpan(0, (int)Math.Min(part.Length, tokens.Length - start));
            tokens.CopyTo(start, some);
            hash.AppendData(MemoryMarshal.AsBytes(some));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Of a vocabulary's tokens in their order.</summary>
    public static string HashOf(Vocabulary vocabulary) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', vocabulary.Tokens))));

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
