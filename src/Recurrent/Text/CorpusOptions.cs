using Recurrent.Ranges;

namespace Recurrent.Text;

/// <summary>
/// The way in which a text becomes a <see cref="Corpus"/>. The defaults are those of chapter 8 of the book.
/// </summary>
public sealed record CorpusOptions
{
    /// <summary>
    /// The treatment of the text before anything else; <see cref="Normalization.Letters"/> by default.
    /// </summary>
    public Normalization Normalization { get; init; } = Normalization.Letters;

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

    /// <summary>The choice of tokens that the vocabulary holds.</summary>
    internal VocabularyOptions Vocabulary =>
        new()
        {
            MinFrequency = MinFrequency,
            MaxSize = MaxVocabulary,
            ReservedTokens = ReservedTokens,
        };
}
