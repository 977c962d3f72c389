using Recurrent.Ranges;

namespace Recurrent.Text;

/// <summary>
/// A text as a sequence of token indices, together with the codec that made them; what chapter 8.2 of
/// <em>Dive into Deep Learning</em> calls <c>load_corpus_time_machine</c>.
/// </summary>
/// <remarks>
/// A corpus in memory holds nothing that needs to be disposed of. One from a token cache holds the file open, and its
/// <see cref="Sequence"/> can be read until it is disposed.
/// </remarks>
/// <example>
/// <code>
/// var corpus = Corpus.FromFile("my.txt");
/// Console.WriteLine($"{corpus.Sequence.Length} tokens, {corpus.Vocabulary.Count} of them distinct");
/// </code>
/// </example>
public sealed class Corpus : IDisposable
{
    private const int MostListed = 20; // tokens that a model does not know

    private readonly IDisposable? _file; // that the sequence is read from; null in memory

    internal Corpus(TokenSequence sequence, TextCodec codec, string hash, IDisposable? file = null)
    {
        Sequence = sequence;
        Codec = new TextCodec(codec.Normalizer, codec.Tokenizer, codec.Vocabulary)
        {
            FirstToken = FirstTokenOf(sequence),
        };
        Hash = hash;
        _file = file;
    }

    /// <summary>The token indices, wherever they are kept; what a training run reads.</summary>
    public TokenSequence Sequence { get; }

    /// <summary>
    /// The token indices in memory, of shape (number of tokens): 4 bytes each, read again at every call where they are
    /// kept in a file.
    /// </summary>
    public ReadOnlyMemory<int> Tokens => Sequence.InMemory();

    /// <summary>The codec that turns text into such indices and back.</summary>
    public TextCodec Codec { get; }

    /// <summary>
    /// The codec's vocabulary, built from all of the text, whether all its tokens were kept or not.
    /// </summary>
    public Vocabulary Vocabulary => Codec.Vocabulary;

    /// <summary>
    /// The text's identity: "sha256:" and the SHA-256 of its UTF-8 bytes, in lower-case hexadecimal, after byte order
    /// marks, encoding and <see cref="LineEnds"/> and before anything else. That of a UTF-8 file with LF at the ends of
    /// its lines is what <c>sha256sum</c> prints; the same text from Windows has the same. A text of more than 256 MiB
    /// is cut into segments, at each multiple of 256 MiB after the next line end, and this is the SHA-256 of their
    /// SHA-256s, one after the other.
    /// </summary>
    public string Hash { get; }

    /// <summary>The options by which the text became tokens.</summary>
    public CorpusOptions Options { get; internal init; } = new();

    /// <summary>The name of the text: its file without the folder; null where it came from elsewhere.</summary>
    public string? Name { get; private set; }

    /// <summary>
    /// The same text in the tokens of a model that is to go on with it. It shares this corpus's file, if there is one.
    /// </summary>
    /// <param name="codec">The model's codec; the text must have been read as it says.</param>
    /// <param name="extendVocabulary">
    /// Whether tokens that the model does not know get entries at the end of its vocabulary; false, the default, to
    /// refuse them, but that a model that was taught rare tokens as <see cref="Vocabulary.UnknownToken"/> reads them
    /// so.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The model does not know a token, which the message names, or reads texts in another way.
    /// </exception>
    /// <example>
    /// <code>
    /// var trained = TrainedModel.Load("story.safetensors");
    /// var corpus = Corpus.FromFile("my.txt").ForModel(trained.Codec, extendVocabulary: true);
    /// </code>
    /// </example>
    public Corpus ForModel(TextCodec codec, bool extendVocabulary = false)
    {
        ArgumentNullException.ThrowIfNull(codec);
        if (codec.Normalizer != Codec.Normalizer || codec.Tokenizer != Codec.Tokenizer)
        {
            throw new ArgumentException(
                "The text was normalized or split in another way than the model's; read it with the options of the "
                    + "model's text.",
                nameof(codec)
            );
        }
        var added = Enumerable
            .Range(0, Vocabulary.Count)
            .Where(index => Vocabulary.Occurred(index) && !codec.Vocabulary.Contains(Vocabulary[index]))
            .ToArray();
        if (added.Length > 0 && !extendVocabulary && codec.Vocabulary.Frequencies[Vocabulary.UnknownIndex] == 0)
        {
            var some = string.Join(' ', added.Take(MostListed).Select(index => Vocabulary[index]));
            throw new ArgumentException(
                $"The model does not know {Sentences.Amount(added.Length, Codec.Tokenizer.Name)} of the text: {some}"
                    + $"{(added.Length > MostListed ? " and so on" : "")}; extend its vocabulary, or leave them out of "
                    + "the text.",
                nameof(codec)
            );
        }
        var vocabulary = extendVocabulary ? codec.Vocabulary.ExtendedBy(Vocabulary, added) : codec.Vocabulary;
        int[] indices = [.. Vocabulary.Tokens.Select(token => vocabulary[token])]; // (distinct tokens)
        return new(Sequence.Mapped(indices), new(codec.Normalizer, codec.Tokenizer, vocabulary), Hash, this)
        {
            Options = Options,
            Name = Name,
        };
    }

    /// <summary>Makes a corpus of a string.</summary>
    /// <param name="text">The text; an empty one makes an empty corpus.</param>
    /// <param name="options">How; with every default unless given.</param>
    /// <example>
    /// <code>
    /// var corpus = Corpus.FromText("The Time Machine, by H. G. Wells [1898]", CorpusOptions.Book);
    /// Console.WriteLine(corpus.Codec.Decode(corpus.Tokens.Span)); // the time machine by h g wells
    /// </code>
    /// </example>
    public static Corpus FromText(string text, CorpusOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return InMemory("the text", options, scan => scan.AddWhole(text));
    }

    /// <summary>
    /// Makes a corpus of bytes. They must be text, in UTF-8 unless they begin with another byte order mark or
    /// <see cref="CorpusOptions.Encoding"/> names their encoding. Only with <see cref="Tokenizer.Bytes"/>,
    /// <see cref="Normalization.None"/> and <see cref="LineEnds.Keep"/> every byte is a token, whatever it means.
    /// </summary>
    /// <param name="bytes">The text's bytes.</param>
    /// <param name="origin">
    /// What error messages call the bytes: a path, or words such as "the standard input".
    /// </param>
    /// <param name="options">How; with every default unless given.</param>
    /// <exception cref="TextFormatException">The bytes are empty, or not text in their encoding.</exception>
    public static Corpus FromBytes(ReadOnlyMemory<byte> bytes, string origin, CorpusOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(origin);
        return InMemory(
            origin,
            options,
            scan =>
            {
                scan.Add(bytes.Span);
                return scan.End();
            }
        );
    }

    /// <summary>Makes a corpus of a file, by the rules of <see cref="FromBytes"/>.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="options">How; with every default unless given.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file is missing, is a folder, or cannot or may not be read.</exception>
    /// <exception cref="TextFormatException">The file is empty, or not text in its encoding.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <example>
    /// <code>
    /// var corpus = Corpus.FromFile("old.txt", new() { Encoding = Encoding.Latin1 });
    /// </code>
    /// </example>
    public static Corpus FromFile(
        string path,
        CorpusOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        using var stream = TextFile.OpenRead(path);
        return FromStream(stream, path, options, cancellationToken).Called(path);
    }

    /// <inheritdoc cref="FromFile"/>
    public static async Task<Corpus> FromFileAsync(
        string path,
        CorpusOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        await using var stream = TextFile.OpenRead(path);
        return (await FromStreamAsync(stream, path, options, cancellationToken)).Called(path);
    }

    /// <summary>
    /// Makes a corpus of several files as one text, by the rules of <see cref="FromBytes"/>: in the order given, each
    /// ended by a line end where it has none, with an empty line between two of them.
    /// </summary>
    /// <param name="paths">The files' paths; an empty file leaves no trace.</param>
    /// <param name="options">How; with every default unless given.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">A file is missing, is a folder, or cannot or may not be read.</exception>
    /// <exception cref="TextFormatException">A file is not text in its encoding, or all are empty.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <example>
    /// <code>
    /// var corpus = Corpus.FromFiles(Directory.EnumerateFiles("notes", "*.txt").Order());
    /// </code>
    /// </example>
    public static Corpus FromFiles(
        IEnumerable<string> paths,
        CorpusOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var stream = Documents.OpenFiles(paths, options ??= new CorpusOptions());
        return FromStream(stream, "the text of the files", options, cancellationToken);
    }

    /// <summary>
    /// Makes a corpus of a stream, read to its end, by the rules of <see cref="FromBytes"/>.
    /// </summary>
    /// <param name="stream">The stream; it is left open.</param>
    /// <param name="origin">What error messages call the stream, such as "the standard input".</param>
    /// <param name="options">How; with every default unless given.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="TextFormatException">The stream is empty, or not text in its encoding.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <example>
    /// <code>
    /// using var text = new GZipStream(File.OpenRead("my.txt.gz"), CompressionMode.Decompress);
    /// var corpus = Corpus.FromStream(text, origin: "my.txt.gz");
    /// </code>
    /// </example>
    public static Corpus FromStream(
        Stream stream,
        string origin,
        CorpusOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(origin);
        return InMemory(
            origin,
            options,
            scan =>
            {
                scan.Add(stream, cancellationToken);
                return scan.End();
            }
        );
    }

    /// <inheritdoc cref="FromStream"/>
    public static async Task<Corpus> FromStreamAsync(
        Stream stream,
        string origin,
        CorpusOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(origin);
        options ??= new CorpusOptions();
        var numbers = new NumbersInMemory(options.MaxTokens);
        using var scan = new TextScan(origin, options, numbers);
        await scan.AddAsync(stream, cancellationToken);
        var hash = scan.End();
        return Of(scan.Distinct, options, hash, scan.HasSegments, indices => numbers.Map(indices));
    }

    /// <summary>The first token that the vocabulary has, near the beginning; null where there is none.</summary>
    private static int? FirstTokenOf(TokenSequence sequence)
    {
        var beginning = sequence.Slice(0, Math.Min(sequence.Length, 1000)).ToArray();
        return beginning.Cast<int?>().FirstOrDefault(token => token != Vocabulary.UnknownIndex);
    }

    private Corpus Called(string path)
    {
        Name = Path.GetFileName(path);
        return this;
    }

    /// <summary>Makes a text's identity (see <see cref="Hash"/>).</summary>
    /// <param name="bytes">Its bytes.</param>
    public static string HashOf(ReadOnlySpan<byte> bytes)
    {
        using var hash = new ContentHash(SegmentCuts.UsualLength);
        hash.Append(bytes);
        return hash.End().Hash;
    }

    /// <summary>Closes the file that the tokens are read from; in memory, does nothing.</summary>
    public void Dispose() => _file?.Dispose();

    /// <summary>Makes a corpus in memory.</summary>
    /// <param name="origin">What errors call the text.</param>
    /// <param name="options">How.</param>
    /// <param name="read">Reads the text and returns its hash.</param>
    private static Corpus InMemory(string origin, CorpusOptions? options, Func<TextScan, string> read)
    {
        options ??= new CorpusOptions();
        var numbers = new NumbersInMemory(options.MaxTokens);
        using var scan = new TextScan(origin, options, numbers);
        var hash = read(scan);
        return Of(scan.Distinct, options, hash, scan.HasSegments, indices => numbers.Map(indices));
    }

    /// <summary>Makes a corpus of a text that was read.</summary>
    /// <param name="distinct">Its tokens.</param>
    /// <param name="options">How it was read.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="hasSegments">Whether it has several segments.</param>
    /// <param name="sequence">
    /// Makes the sequence, with the vocabulary's index for each number, of shape (distinct tokens).
    /// </param>
    /// <param name="file">What the sequence is read from; null in memory.</param>
    internal static Corpus Of(
        DistinctTokens distinct,
        CorpusOptions options,
        string hash,
        bool hasSegments,
        Func<int[], TokenSequence> sequence,
        IDisposable? file = null
    )
    {
        var vocabulary = Vocabulary.Build(distinct, options.Vocabulary);
        int[] indexes = [.. distinct.Tokens.Select(token => vocabulary[token])];
        var tokens = sequence(indexes);
        if (hasSegments)
        {
            tokens.Identity = TokenIdentity.Of(hash, options.SplitBy, indexes);
        }
        return new(tokens, new(options.Normalizer, options.Tokenizer, vocabulary), hash, file) { Options = options };
    }
}
