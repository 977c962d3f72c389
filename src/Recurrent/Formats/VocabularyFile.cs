using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Recurrent.Formats.PyTorch;
using Recurrent.Formats.Safetensors;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// A vocabulary in a JSON file: the tokens in the order of their indices, ["a", "b"]; or under their indices,
/// {"0": "a", "1": "b"}; or the indices under the tokens, {"a": 0, "b": 1}. Any of these may stand in an object, as
/// "tokens", "itos", "stoi" or "vocab", or as "vocab" in the "model" of a tokenizer of Hugging Face's; with it may, as
/// in a model file but here optional, "tokenizer" (characters), "normalization" (none), "lineJoin" (nothing),
/// "lineEnds" (lf, or keep where a token has a CR or is a byte) and "frequencies" (zeros).
/// </summary>
internal static class VocabularyFile
{
    private const string Place = "the vocabulary";
    private const int MaxNamed = 5; // tokens in a note

    // What other programs call the unknown token.
    private static readonly string[] s_unknown = [Vocabulary.UnknownToken, "[UNK]", "[unk]", "<UNK>"];

    // The members that hold tokens, the first of them that is there.
    private static readonly string[] s_members = [TextSection.Tokens, "itos", "stoi", "vocab"];

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="stream">A seekable stream at the beginning of the file.</param>
    /// <param name="size">Entries of the vocabulary by the weights.</param>
    /// <param name="note">Takes a sentence on what was taken for granted.</param>
    /// <returns>
    /// The codec, whose first token is the unknown one, and the index of that in the file, or
    /// <see cref="UnknownEntry.None"/>.
    /// </returns>
    /// <exception cref="FormatError">The file is wrong, or of another number of tokens.</exception>
    public static (TextCodec Codec, int Unknown) Read(Stream stream, int size, Action<string> note)
    {
        try
        {
            return Parse(stream, size, note);
        }
        catch (FormatError error)
        {
            throw error.OrElse(
                $"give a JSON object whose \"tokens\" are the weights' {size} tokens in the order of their indexes"
            );
        }
    }

    private static (TextCodec Codec, int Unknown) Parse(Stream stream, int size, Action<string> note)
    {
        // More could not be saved in a model file either.
        if (stream.Length > SafetensorsReader.MaxHeaderLength)
        {
            throw new FormatError(
                $"it takes {stream.Length:#,0} bytes and a vocabulary takes at most "
                    + $"{SafetensorsReader.MaxHeaderLength:#,0}"
            );
        }
        var json = new byte[stream.Length];
        stream.ReadExactly(json);
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF]; // of UTF-8, which some editors write
        var text = json.AsSpan(json.AsSpan().StartsWith(mark) ? mark.Length : 0);
        if (!Utf8.IsValid(text))
        {
            throw new FormatError("it is not UTF-8");
        }
        var root = JsonMembers.Element(text, Place);
        var members = root.ValueKind == JsonValueKind.Object ? new JsonMembers(root, Place) : null;
        var member = members is null ? null : MemberOf(root, members);
        var tokens = TokensOf(member ?? root, size);
        members = member is null ? null : members; // otherwise they are tokens
        var frequencies =
            members?.Has(TextSection.Frequencies) == true
                ? members.Integers(TextSection.Frequencies, size, size, long.MaxValue)
                : new long[size];
        var tokenizer = members?.OptionalString(TextSection.Tokenizer) ?? Tokenizer.Characters.Name;
        var unknown = UnknownOf(tokens, note);
        int[] order = [.. Enumerable.Range(0, size).Where(index => index != unknown)];
        var codec = TextSection.CodecOf(
            members?.OptionalString(TextSection.Normalization) ?? "none",
            members?.OptionalString(TextSection.LineJoin) ?? "nothing",
            members?.OptionalString(TextSection.LineEnds),
            tokenizer,
            [Vocabulary.UnknownToken, .. order.Select(index => tokens[index])],
            [unknown < 0 ? 0 : frequencies[unknown], .. order.Select(index => frequencies[index])]
        );
        RequireMade(codec, note);
        return (codec, unknown);
    }

    /// <summary>The member of an object that holds the tokens; null if that is all of it.</summary>
    private static JsonElement? MemberOf(JsonElement root, JsonMembers members)
    {
        foreach (var name in s_members)
        {
            if (members.Has(name) && Holds(root.GetProperty(name)))
            {
                return root.GetProperty(name);
            }
        }
        if (!members.Has("model") || root.GetProperty("model").ValueKind != JsonValueKind.Object)
        {
            return root.EnumerateObject().All(member => IsEntry(member.Value))
                ? null
                : throw new FormatError($"{Place} lacks \"{TextSection.Tokens}\"");
        }
        var model = members.Object("model", "its \"model\"");
        if (model.OptionalString("type") is not (null or "WordLevel") and var type)
        {
            throw new FormatError(
                $"its model is of type {FormatError.OneLine(type)}, which cuts text as no tokenizer here does"
            );
        }
        return model.Has("vocab")
            ? root.GetProperty("model").GetProperty("vocab")
            : throw new FormatError("its \"model\" lacks \"vocab\"");
    }

    private static bool Holds(JsonElement element) => element.ValueKind is JsonValueKind.Array or JsonValueKind.Object;

    private static bool IsEntry(JsonElement element) =>
        element.ValueKind is JsonValueKind.String or JsonValueKind.Number;

    private static string[] TokensOf(JsonElement element, int size)
    {
        if (!Holds(element))
        {
            throw new FormatError(
                $"{Place} is {FormatError.OneLine(element.GetRawText())}, not a JSON object or array"
            );
        }
        var isArray = element.ValueKind == JsonValueKind.Array;
        var count = isArray ? element.GetArrayLength() : element.GetPropertyCount();
        if (count != size)
        {
            throw new FormatError(
                $"it has {Sentences.Amount(count, "tokens")} and the weights have {Sentences.Amount(size, "entries")}"
            );
        }
        if (isArray)
        {
            return JsonMembers.Strings(element, TextSection.Tokens, Place);
        }
        var members = new JsonMembers(element, Place);
        var areTokens = element.EnumerateObject().All(member => member.Value.ValueKind == JsonValueKind.String);
        var tokens = new string?[size];
        foreach (var name in members.Names)
        {
            var (index, token) = areTokens
                ? (IndexOf(name, size), members.String(name))
                : ((int)members.Integer(name, 0, size - 1), name);
            if (tokens[index] is { } other)
            {
                throw new FormatError(
                    $"its index {index} is that of {FormatError.Quote(other)} and of {FormatError.Quote(token)}"
                );
            }
            tokens[index] = token;
        }
        return tokens!; // as many as indices, and none at the same
    }

    private static int IndexOf(string name, int size) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < size
            ? index
            : throw new FormatError($"its key {FormatError.Quote(name)} is not an index from 0 to {size - 1}");

    private static int UnknownOf(string[] tokens, Action<string> note)
    {
        foreach (var name in s_unknown)
        {
            var index = Array.IndexOf(tokens, name);
            if (index >= 0)
            {
                if (name != Vocabulary.UnknownToken)
                {
                    note($"The token {name} was taken for the unknown one, which is {Vocabulary.UnknownToken} here.");
                }
                return index;
            }
        }
        return UnknownEntry.None;
    }

    /// <summary>
    /// Refuses tokens that the tokenizer never makes of a text, which would not be read as what they were in training;
    /// those that no text holds, such as &lt;pad&gt;, are not missed.
    /// </summary>
    private static void RequireMade(TextCodec codec, Action<string> note)
    {
        var never = new List<string>();
        for (var index = 1; index < codec.Vocabulary.Count; index++)
        {
            var token = codec.Vocabulary[index];
            if (codec.Tokenizer.Makes(token))
            {
                continue;
            }
            never.Add(token);
            if (token is not (['<', .., '>'] or ['[', .., ']']))
            {
                throw new FormatError(
                    $"its token {FormatError.Quote(token)} is one that the tokenizer {codec.Tokenizer} never makes of "
                        + "a text",
                    $"name the tokenizer, {{\"tokenizer\": \"words\", \"tokens\": […]}}, if it is another"
                );
            }
        }
        if (never.Count > 0)
        {
            var more = never.Count > MaxNamed ? $" and {never.Count - MaxNamed} more" : "";
            note(
                $"No text gives the tokens {string.Join(", ", never.Take(MaxNamed).Select(FormatError.Quote))}{more}: "
                    + $"the tokenizer {codec.Tokenizer} does not make them."
            );
        }
    }
}
