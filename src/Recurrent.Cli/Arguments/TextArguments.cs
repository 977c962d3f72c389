using System.CommandLine;
using Recurrent.Cli.Hosting;
using Recurrent.Text;

namespace Recurrent.Cli.Arguments;

/// <summary>The arguments that name a text and say how it becomes tokens.</summary>
internal sealed class TextArguments
{
    private readonly Argument<string> _text;

    private readonly ChoiceOption<Normalization> _normalization = new(
        "--normalize",
        "none keeps the text as it is; letters keeps only A-Z and a-z, in lower case, with single spaces between "
            + "words.",
        ("none", Normalization.None),
        ("letters", Normalization.Letters)
    );

    private readonly ChoiceOption<LineJoin> _lineJoin = new(
        "--lines",
        "What --normalize letters puts between two lines; with nothing, words run together.",
        ("nothing", LineJoin.Nothing),
        ("space", LineJoin.Space)
    );

    private readonly ChoiceOption<Tokenizer> _tokenizer = new(
        "--tokens",
        "What the text is split into, and what a model then reads and predicts.",
        ("characters", Tokenizer.Characters),
        ("words", Tokenizer.Words),
        ("bytes", Tokenizer.Bytes)
    );

    private readonly Option<int> _minFrequency = NumberOption.Whole(
        "--min-frequency",
        "How often a token must occur to get a vocabulary entry; rarer tokens are read as <unk>.",
        1,
        int.MaxValue,
        1
    );

    private readonly Option<int?> _maxVocabulary = NumberOption.OptionalWhole(
        "--max-vocabulary",
        "Maximum number of vocabulary entries, <unk> included; the most frequent tokens get them. [default: no limit]",
        2,
        int.MaxValue
    );

    /// <summary>Adds the arguments to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="byDefault">The text to take if none is named; null if one must be named.</param>
    public TextArguments(Verb verb, string? byDefault)
    {
        _text = CreateText();
        _text.DefaultValueFactory = byDefault is null ? null : _ => byDefault;
        verb.Arguments.Add(_text);
        verb.Options.Add(_normalization);
        verb.Options.Add(_lineJoin);
        verb.Options.Add(_tokenizer);
        verb.Options.Add(_minFrequency);
        verb.Options.Add(_maxVocabulary);
    }

    /// <summary>Creates the argument that names a text.</summary>
    public static Argument<string> CreateText()
    {
        var argument = new Argument<string>("TEXT|DATASET|-")
        {
            Description =
                $"A text file, a dataset ({DatasetNames.List("or")}), or - for standard input. "
                + "For a file with the name of a dataset, write its folder too: ./story.",
        };
        argument.Validators.Add(result =>
        {
            var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "-";
            if (text.Length == 0)
            {
                result.AddError("The name of the text is empty");
            }
            else if (text[0] == '-' && text.Length > 1)
            {
                result.AddError(UsageError.NoSuchOption(text));
            }
        });
        return argument;
    }

    /// <summary>Returns the name of the text as given.</summary>
    public string Text(ParseResult parsed) => parsed.GetRequiredValue(_text);

    /// <summary>Returns the way the text becomes tokens.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="planned">The normalization to use if none is given.</param>
    /// <exception cref="UsageException">The options do not go together.</exception>
    public CorpusOptions Corpus(ParseResult parsed, Normalization planned = Normalization.None)
    {
        var normalization = _normalization.Of(parsed, planned);
        if (normalization == Normalization.None && _lineJoin.IsGiven(parsed))
        {
            throw new UsageException("--lines has no effect here; leave it out or add --normalize letters.");
        }
        return new CorpusOptions
        {
            Normalization = normalization,
            LineJoin = _lineJoin.Of(parsed),
            Tokenizer = _tokenizer.Of(parsed),
            MinFrequency = parsed.GetValue(_minFrequency),
            MaxVocabulary = parsed.GetValue(_maxVocabulary),
        };
    }
}
