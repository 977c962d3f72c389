using System.CommandLine;
using Recurrent.Cli.Hosting;
using Recurrent.Text;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Arguments;

/// <summary>The arguments that name a text and say how it becomes tokens.</summary>
internal sealed class TextArguments
{
    private readonly Argument<string> _text;

    private readonly SettingOptions<CorpusOptions> _options;

    /// <summary>Adds the arguments to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="byDefault">The text to take if none is named; null if one must be named.</param>
    /// <param name="settings">The settings that have options.</param>
    public TextArguments(Verb verb, string? byDefault, IReadOnlyList<Setting<CorpusOptions>> settings)
    {
        _text = CreateText();
        _text.DefaultValueFactory = byDefault is null ? null : _ => byDefault;
        verb.Arguments.Add(_text);
        _options = new SettingOptions<CorpusOptions>(settings);
        _options.AddTo(verb, SettingGroup.Text);
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

    /// <summary>Returns the way the text becomes tokens, with what is given in place of what was planned.</summary>
    public CorpusOptions Corpus(ParseResult parsed, CorpusOptions planned) => _options.Apply(parsed, planned);

    /// <summary>Makes sure that each option that is given serves a purpose.</summary>
    /// <exception cref="UsageException">One would change nothing.</exception>
    public void Check(ParseResult parsed, SettingChoices choices) => _options.Check(parsed, choices);
}
