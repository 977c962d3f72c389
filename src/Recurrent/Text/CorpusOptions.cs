using System.Text;
using Recurrent.Ranges;

namespace Recurrent.Text;

/// <summary>
/// The way in which a text becomes a <see cref="Corpus"/>. The defaults are those of the command line: every character
/// is kept.
/// </summary>
/// <example>
/// <code>
/// var options = new CorpusOptions { Tokenizer = Tokenizer.Words, MaxVocabulary = 10_000 };
/// var corpus = Corpus.FromFile("my.txt", options);
/// </code>
/// </example>
public sealed record CorpusOptions
{
    /// <summary>
    /// The text of chapter 8 of <em>Dive into Deep Learning</em>: letters only, in lower case, with nothing between two
    /// lines.
    /// </summary>
    public static CorpusOptions Book { get; } = new() { Normalization = Normalization.Letters };

    /// <summary>
    /// The treatment of the text before anything else; <see cref="Normalization.None"/> by default.
    /// </summary>
    public Normalization Normalization { get; init; } = Normalization.None;

    /// <summary>
    /// What is read at the end of a line; <see cref="LineEnds.Lf"/> by default. Prompts and texts to measure are then
    /// read in the same way.
    /// </summary>
    public LineEnds LineEnds { get; init; } = LineEnds.Lf;

    /// <summary>
    /// The encoding of bytes that do not begin with a byte order mark, such as <c>Encoding.Latin1</c>; null, the
    /// default, for UTF-8. A mark of UTF-8, UTF-16 or UTF-32 is obeyed in any case.
    /// </summary>
    public Encoding? Encoding { get; init; }

    /// <summary>The text between two lines that are joined; <see cref="LineJoin.Nothing"/> by default.</summary>
    public LineJoin LineJoin { get; init; } = LineJoin.Nothing;

    /// <summary>The tokenizer that splits the text; <see cref="Tokenizer.Characters"/> by default.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Tokenizer Tokenizer
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = Tokenizer.Characters;

    /// <summary>
    /// The number of tokens kept, from the beginning; at least 1, or null, the default, for all. The
    /// vocabulary is built from all of the text in any case.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public long? MaxTokens
    {
        get;
        init => field = Within.AtLeast(1L).Require("The number of tokens to keep", value, "leave it out to keep all");
    }

    /// <inheritdoc cref="VocabularyOptions.MinFrequency"/>
    public int MinFrequency
    {
        get;
        init => field = VocabularyOptions.CheckedMinFrequency(value);
    } = 1;

    /// <inheritdoc cref="VocabularyOptions.MaxSize"/>
    public int? MaxVocabulary
    {
        get;
        init => field = VocabularyOptions.CheckedMaxSize(value);
    }

    /// <inheritdoc cref="VocabularyOptions.ReservedTokens"/>
    public IReadOnlyList<string> ReservedTokens
    {
        get;
        init => field = VocabularyOptions.CheckedReservedTokens(value);
    } = [];

    /// <summary>These options with a text normalized and split as a model's: for a model that is to go on.</summary>
    /// <param name="codec">The model's codec.</param>
    /// <example>
    /// <code>
    /// var corpus = Corpus.FromFile("new.txt", new CorpusOptions().Like(trained.Codec)).ForModel(trained.Codec);
    /// </code>
    /// </example>
    public CorpusOptions Like(TextCodec codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        return this with
        {
            Normalization = codec.Normalizer.Normalization,
            LineJoin = codec.Normalizer.LineJoin,
            LineEnds = codec.Normalizer.LineEnds,
            Tokenizer = codec.Tokenizer,
        };
    }

    /// <summary>The length of a segment of a long text (<see cref="SegmentCuts"/>), in bytes.</summary>
    internal long SegmentLength { get; init; } = SegmentCuts.UsualLength;

    /// <summary>How a text is decoded, normalized and split, in words that are the same for the same tokens.</summary>
    internal string SplitBy =>
        $"{Tokenizer.Name}, {Normalization}, {LineJoin}, {LineEnds}, {Encoding?.WebName ?? "utf-8"}";

    /// <summary>The treatment of the text before it is split.</summary>
    internal Normalizer Normalizer => new(Normalization, LineJoin, LineEnds);

    /// <summary>Whether every byte is a token, whatever it means.</summary>
    internal bool IsRaw =>
        Tokenizer == Tokenizer.Bytes
        && Normalization == Normalization.None
        && LineEnds == LineEnds.Keep
        && Encoding is null;

    /// <summary>The choice of tokens that the vocabulary holds.</summary>
    internal VocabularyOptions Vocabulary =>
        new()
        {
            MinFrequency = MinFrequency,
            MaxSize = MaxVocabulary,
            ReservedTokens = ReservedTokens,
        };
}
