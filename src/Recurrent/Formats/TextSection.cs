using System.Text;
using System.Text.Json;
using Recurrent.Formats.Safetensors;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>The codec of a model's text as its file keeps it: normalizer, tokenizer and vocabulary.</summary>
internal static class TextSection
{
    public const string Normalization = "normalization";
    public const string LineJoin = "lineJoin";
    public const string LineEnds = "lineEnds";
    public const string Tokenizer = "tokenizer";
    public const string Tokens = "tokens";
    public const string Frequencies = "frequencies";
    public const string First = "first";

    /// <exception cref="FormatError">A token is not text that JSON can hold.</exception>
    public static void Write(Utf8JsonWriter json, TextCodec codec)
    {
        json.WriteString(Normalization, NameOf(codec.Normalizer.Normalization));
        json.WriteString(LineJoin, NameOf(codec.Normalizer.LineJoin));
        if (codec.Normalizer.LineEnds != LineEndsOf(codec.Tokenizer.Name, codec.Vocabulary.Tokens))
        {
            json.WriteString(LineEnds, NameOf(codec.Normalizer.LineEnds));
        }
        json.WriteString(Tokenizer, codec.Tokenizer.Name);
        json.WriteStartArray(Tokens);
        foreach (var token in codec.Vocabulary.Tokens)
        {
            RequireText(token);
            json.WriteStringValue(token);
        }
        json.WriteEndArray();
        json.WriteStartArray(Frequencies);
        foreach (var frequency in codec.Vocabulary.Frequencies)
        {
            json.WriteNumberValue(frequency);
        }
        json.WriteEndArray();
        if (codec is { FirstToken: { } first, TokenBefore: null })
        {
            json.WriteNumber(First, first);
        }
    }

    /// <param name="members">The section.</param>
    /// <param name="vocabularySize">The number of tokens that the model has.</param>
    /// <exception cref="FormatError">A member is missing or wrong, or the vocabulary is of another size.</exception>
    public static TextCodec Read(JsonMembers members, int vocabularySize) =>
        CodecOf(
            members.String(Normalization),
            members.String(LineJoin),
            members.OptionalString(LineEnds),
            members.String(Tokenizer),
            members.Strings(Tokens, vocabularySize),
            members.Integers(Frequencies, vocabularySize, vocabularySize, long.MaxValue),
            members.Has(First) ? (int)members.Integer(First, 0, vocabularySize - 1) : null
        );

    /// <summary>The codec that the members' values describe; without line ends, they are those of the tokens.</summary>
    /// <exception cref="FormatError">A value is not one of those there are, or the vocabulary is none.</exception>
    public static TextCodec CodecOf(
        string normalization,
        string lineJoin,
        string? lineEnds,
        string tokenizer,
        string[] tokens,
        long[] frequencies,
        int? first = null
    )
    {
        var normalizer = new Normalizer(
            ValueOf<Normalization>(normalization),
            ValueOf<LineJoin>(lineJoin),
            lineEnds is null ? LineEndsOf(tokenizer, tokens) : ValueOf<Text.LineEnds>(lineEnds)
        );
        try
        {
            return new TextCodec(normalizer, Text.Tokenizer.FromName(tokenizer), new Vocabulary(tokens, frequencies))
            {
                FirstToken = first,
            };
        }
        catch (ArgumentException error)
        {
            throw FormatError.Of(error, "its text");
        }
    }

    /// <summary>The word for a choice, which is that of its option, too.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>
    /// The line ends of a text that does not name them, as none did before there was a choice. They were kept then,
    /// which is the same as LF where no token has a CR; but bytes need not be text.
    /// </summary>
    private static Text.LineEnds LineEndsOf(string tokenizer, IReadOnlyList<string> tokens) =>
        tokenizer == Text.Tokenizer.Bytes.Name || tokens.Any(token => token.Contains('\r'))
            ? Text.LineEnds.Keep
            : Text.LineEnds.Lf;

    /// <summary>Half a surrogate pair would come back as U+FFFD, which may be a token of its own.</summary>
    private static void RequireText(string token)
    {
        if (Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(token)) != token)
        {
            throw new FormatError(
                $"its vocabulary holds {FormatError.Quote(token)} with half a surrogate pair, "
                    + "which is not Unicode text",
                "build the vocabulary from well-formed text"
            );
        }
    }

    private static T ValueOf<T>(string name)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (NameOf(value) == name)
            {
                return value;
            }
        }
        throw new FormatError(
            $"its text has the {typeof(T).Name} {FormatError.Quote(name)}, "
                + $"which is none of {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}"
        );
    }
}
