using System.Text.Unicode;
using Recurrent.Formats.Safetensors;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// A vocabulary in a JSON file: an object with "tokens", the token of each index; and, as in a model file but here
/// optional, "tokenizer" (characters), "normalization" (none), "lineJoin" (nothing), "lineEnds" (lf, or keep
/// where a token has a CR or is a byte) and "frequencies" (zeros).
/// </summary>
internal static class VocabularyFile
{
    private const string Place = "the vocabulary";

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="stream">A seekable stream at the beginning of the file.</param>
    /// <param name="size">Entries of the vocabulary by the weights.</param>
    /// <returns>
    /// The codec, and whether the file's tokens begin with the unknown one, which it has in any case.
    /// </returns>
    /// <exception cref="FormatError">The file is wrong, or of another number of tokens.</exception>
    public static (TextCodec Codec, bool IsKnownUnknown) Read(Stream stream, int size)
    {
        try
        {
            return Parse(stream, size);
        }
        catch (FormatError error)
        {
            throw error.OrElse(
                $"give a JSON object whose \"tokens\" are the weights' {size} tokens in the order of their indexes"
            );
        }
    }

    private static (TextCodec Codec, bool IsKnownUnknown) Parse(Stream stream, int size)
    {
        // More could not be saved in a model file either.
        if (stream.Length > SafetensorsReader.MaxHeaderLength)
        {
            throw new FormatError(
                $"it takes {stream.Length} bytes and a vocabulary takes at most {SafetensorsReader.MaxHeaderLength}"
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
        var members = JsonMembers.Parse(text, Place);
        var count = members.Count(TextSection.Tokens);
        if (count != size)
        {
            throw new FormatError($"it has {count} tokens and the weights have {size} entries");
        }
        var tokens = members.Strings(TextSection.Tokens, size);
        var frequencies = members.Has(TextSection.Frequencies)
            ? members.Integers(TextSection.Frequencies, size, size, long.MaxValue)
            : new long[size];
        var known = size > 0 && tokens[0] == Vocabulary.UnknownToken;
        return (
            TextSection.CodecOf(
                members.OptionalString(TextSection.Normalization) ?? "none",
                members.OptionalString(TextSection.LineJoin) ?? "nothing",
                members.OptionalString(TextSection.LineEnds),
                members.OptionalString(TextSection.Tokenizer) ?? Tokenizer.Characters.Name,
                known ? tokens : [Vocabulary.UnknownToken, .. tokens],
                known ? frequencies : [0, .. frequencies]
            ),
            known
        );
    }
}
