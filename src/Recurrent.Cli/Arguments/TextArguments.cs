using System.CommandLine;
using System.CommandLine.Completions;
using Recurrent.Cli.Hosting;
using Recurrent.Datasets;
using Recurrent.Formats;
using Recurrent.Text;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Arguments;

/// <summary>The text that a user names.</summary>
/// <param name="Names">A dataset's name or -; or paths, folders and patterns, at least one.</param>
/// <param name="Column">The column of a CSV file that has the texts; null for the file itself.</param>
/// <param name="Field">The field of JSON lines that has the texts; null for the file itself.</param>
internal sealed record TextNames(IReadOnlyList<string> Names, string? Column = null, string? Field = null)
{
    private const string ColumnName = "column";
    private const string FieldName = "field";

    /// <summary>Whether the column or field was not given, but that of the text that a model was trained on.</summary>
    public bool IsOfModel { get; private init; }

    /// <summary>The column or field by name, as a model file keeps it.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Kept =>
        Column is not null ? [new(ColumnName, Column)]
        : Field is not null ? [new(FieldName, Field)]
        : [];

    /// <summary>These names with the column or field of the text that a model was trained on.</summary>
    public TextNames Like(TrainingSummary training)
    {
        var kept = training.Settings.ToDictionary();
        return this with
        {
            Column = kept.GetValueOrDefault(ColumnName),
            Field = kept.GetValueOrDefault(FieldName),
            IsOfModel = true,
        };
    }

    /// <summary>The part of each record that is the text, in words; null for a text without records.</summary>
    public string? RecordName =>
        Column is not null ? $"column {Column}"
        : Field is not null ? $"field {Field}"
        : null;
}

/// <summary>The arguments that name a text and say how it becomes tokens.</summary>
internal sealed class TextArguments
{
    private const string KeptByModel = "A model keeps it for evaluate and train --from; \"\" takes the file as it is.";

    private readonly Argument<string[]> _text;
    private readonly Option<string?> _column = Named(
        "--column",
        "Take the texts in this column of a CSV file with a header, each row as a document. " + KeptByModel
    );
    private readonly Option<string?> _field = Named(
        "--field",
        "Take the texts in this field of a file of JSON lines, each line as a document. " + KeptByModel
    );
    private readonly SettingOptions<CorpusOptions> _options;

    /// <summary>Adds the arguments to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="byDefault">The text to take if none is named; null if one must be named.</param>
    /// <param name="settings">The settings that have options.</param>
    public TextArguments(Verb verb, string? byDefault, IReadOnlyList<Setting<CorpusOptions>> settings)
    {
        _text = new Argument<string[]>("TEXT|DATASET|-")
        {
            HelpName = "TEXT|DATASET|-",
            Description =
                $"A text file, a dataset ({DatasetNames.List("or")}), or - for standard input. Several files, a folder "
                + "or a pattern such as \"logs/*.txt\" are read as one text, with an empty line between two files. "
                + "For a file with the name of a dataset, write its folder too: ./story.",
            Arity = byDefault is null ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore,
            DefaultValueFactory = byDefault is null ? null : _ => [byDefault],
        };
        UsageError.RequireNames(_text, verb, "text");
        _text.CompletionSources.Add(_ => Dataset.All.Select(dataset => new CompletionItem(dataset.Name)));
        verb.Arguments.Add(_text);
        _options = new SettingOptions<CorpusOptions>(settings);
        _options.AddTo(verb, SettingGroup.Text);
        verb.Add(SettingOptions<CorpusOptions>.HeadingOf(SettingGroup.Text), _column, _field);
    }

    /// <summary>
    /// Returns the names of the text as given, with the column or field of a model's text where none is given.
    /// </summary>
    /// <exception cref="UsageException">A column and a field are given.</exception>
    public TextNames Text(ParseResult parsed, TrainedModel? model = null)
    {
        var (names, column, field) = (
            parsed.GetRequiredValue(_text),
            parsed.GetValue(_column),
            parsed.GetValue(_field)
        );
        if (column is null && field is null)
        {
            return model is null ? new(names) : new TextNames(names).Like(model.Training);
        }
        return column is null || field is null
            ? new(names, column is "" ? null : column, field is "" ? null : field)
            : throw new UsageException(
                "--column is for CSV files and --field for JSON lines; give only the one that the text is."
            );
    }

    /// <summary>Returns the way the text becomes tokens, with what is given in place of what was planned.</summary>
    public CorpusOptions Corpus(ParseResult parsed, CorpusOptions planned) => _options.Apply(parsed, planned);

    /// <summary>Makes sure that each option that is given serves a purpose.</summary>
    /// <exception cref="UsageException">One would change nothing.</exception>
    public void Check(ParseResult parsed, SettingChoices choices) => _options.Check(parsed, choices);

    /// <summary>The first option that is given and that a model to go on from decides; null for none.</summary>
    public string? GivenOfModel(ParseResult parsed) =>
        _options.Given(parsed, row => row != TextSettings.Encoding && row != TextSettings.MaxTokens);

    private static Option<string?> Named(string name, string description) =>
        new(name) { Description = description, HelpName = "NAME" };
}
