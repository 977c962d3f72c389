using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>An option that takes one of a few words.</summary>
/// <typeparam name="T">The type of what the words stand for.</typeparam>
internal sealed class ChoiceOption<T> : Option<string>
{
    private readonly (string Word, T Meaning)[] _choices;

    /// <summary>Creates an option whose first word is the default.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">Its help.</param>
    /// <param name="choices">The words and what they stand for.</param>
    public ChoiceOption(string name, string description, params (string Word, T Meaning)[] choices)
        : this(name, description, hasDefault: true, choices) { }

    /// <summary>Creates an option that need not have a default.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">Its help.</param>
    /// <param name="hasDefault">Whether the first word is the default.</param>
    /// <param name="choices">The words and what they stand for.</param>
    public ChoiceOption(string name, string description, bool hasDefault, params (string Word, T Meaning)[] choices)
        : base(name)
    {
        _choices = choices;
        var words = choices.Select(choice => choice.Word).ToArray();
        Description = description;
        HelpName = string.Join('|', words);
        DefaultValueFactory = hasDefault ? _ => words[0] : null;
        CompletionSources.Add(words);
        Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value))
            {
                result.AddError($"{name} is \"{token.Value}\" and must be {string.Join(" or ", words)}");
            }
        });
    }

    /// <summary>Returns what the given word stands for.</summary>
    public T Of(ParseResult parsed)
    {
        var word = parsed.GetRequiredValue(this);
        return Array.Find(_choices, choice => choice.Word == word).Meaning;
    }

    /// <summary>Returns what the given word stands for, or a fallback if none was given.</summary>
    public T Of(ParseResult parsed, T otherwise) => this.IsGiven(parsed) ? Of(parsed) : otherwise;
}
