using System.Security.Cryptography;
using System.Text;

namespace Recurrent.Text;

/// <summary>
/// A text as a sequence of token indexes, together with the codec that made them; what chapter 8.2 of
/// <em>Dive into Deep Learning</em> calls <c>load_corpus_time_machine</c>.
/// </summary>
public sealed class Corpus
{
    private Corpus(ReadOnlyMemory<int> tokens, TextCodec codec, string hash)
    {
        Tokens = tokens;
        Codec = codec;
        Hash = hash;
    }

    /// <summary>The token indexes, of shape (number of tokens).</summary>
    public ReadOnlyMemory<int> Tokens { get; }

    /// <summary>What turns text into such indexes and back.</summary>
    public TextCodec Codec { get; }

    /// <summary>
    /// The codec's vocabulary, built from all of the text, whether all its tokens were kept or not.
    /// </summary>
    public Vocabulary Vocabulary => Codec.Vocabulary;

    /// <summary>
    /// What the text is known by: "sha256:" and the SHA-256 of its bytes as they were read, in lower-case
    /// hexadecimal, so that of a file is what <c>sha256sum</c> prints. For a string they are its UTF-8 bytes.
    /// </summary>
    public string Hash { get; }

    /// <summary>Makes a corpus of a string.</summary>
    /// <param name="text">The text; an empty one makes an empty corpus.</param>
    /// <param name="options">How; with every default unless given.</param>
    public static Corpus FromText(string text, CorpusOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        options ??= new CorpusOptions();
        var normalizer = NormalizerOf(options);
        var tokens = TextCodec.Split(text, normalizer, options.Tokenizer);
        return Create(tokens, normalizer, options, HashOf(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>
    /// Makes a corpus of bytes. They must be UTF-8 text, except with <see cref="Tokenizer.Bytes"/> and
    /// <see cref="Normalization.None"/>: then every byte is a token, whatever it means.
    /// </summary>
    /// <param name="bytes">The text's bytes.</param>
    /// <param name="origin">
    /// What error messages call the bytes: a path, or words such as "the standard input".
    /// </param>
    /// <param name="options">How; with every default unless given.</param>
    /// <exception cref="TextFormatException">The bytes are empty, binary, or not UTF-8.</exception>
    public static Corpus FromBytes(ReadOnlyMemory<byte> bytes, string origin, CorpusOptions? options = null)
    {
        options ??= new CorpusOptions();
        var normalizer = NormalizerOf(options);
        var tokens =
            (options.Tokenizer, normalizer.Normalization) == (Tokenizer.Bytes, Normalization.None)
                ? ByteTokenizer.Tokenize(bytes.IsEmpty ? throw TextFormatException.Empty(origin) : bytes)
                : TextCodec.Split(TextFile.Decode(bytes.Span, origin), normalizer, options.Tokenizer);
        return Create(tokens, normalizer, options, HashOf(bytes.Span));
    }

    /// <summary>Makes a corpus of a file, by the rules of <see cref="FromBytes"/>.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="options">How; with every default unless given.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file is missing, is a folder, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not permitted.</exception>
    /// <exception cref="TextFormatException">The file is empty, binary, or not UTF-8.</exception>
    public static Corpus FromFile(string path, CorpusOptions? options = null) =>
        FromBytes(TextFile.ReadBytes(path), path, options);

    /// <summary>
    /// Makes a corpus of a stream, read to its end, by the rules of <see cref="FromBytes"/>.
    /// </summary>
    /// <param name="stream">The stream; it is left open.</param>
    /// <param name="origin">What error messages call the stream, such as "the standard input".</param>
    /// <param name="options">How; with every default unless given.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="TextFormatException">The stream is empty, binary, or not UTF-8.</exception>
    public static Corpus FromStream(Stream stream, string origin, CorpusOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return FromBytes(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), origin, options);
    }

    private static Normalizer NormalizerOf(CorpusOptions options) =>
        new(options.Normalization, options.LineJoin);

    private static Corpus Create(
        IEnumerable<string> tokens,
        Normalizer normalizer,
        CorpusOptions options,
        string hash
    )
    {
        List<string> all = [.. tokens];
        var vocabulary = Vocabulary.Build(
            all,
            new VocabularyOptions
            {
                MinimumFrequency = options.MinimumFrequency,
                ReservedTokens = options.ReservedTokens,
            }
        );
        var kept = vocabulary.Encode(all.Take(options.MaxTokens ?? all.Count));
        return new Corpus(kept, new TextCodec(normalizer, options.Tokenizer, vocabulary), hash);
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
}
