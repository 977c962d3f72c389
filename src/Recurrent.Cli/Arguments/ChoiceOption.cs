using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>An option that takes one of a few words.</summary>
/// <typeparam name="T">What the words stand for.</typeparam>
internal sealed class ChoiceOption<T> : Option<string>
{
    private readonly (string Word, T Meaning)[] _choices;

    /// <summary>Makes an option whose first word is the default.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="choices">The words and what they stand for.</param>
    public ChoiceOption(string name, string description, params (string Word, T Meaning)[] choices)
        : this(name, description, hasDefault: true, choices) { }

    /// <summary>Makes an option that may have no default.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="hasDefault">Whether the first word is the default.</param>
    /// <param name="choices">The words and what they stand for.</param>
    public ChoiceOption(
        string name,
        string description,
        bool hasDefault,
        params (string Word, T Meaning)[] choices
    )
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

    /// <summary>What the word that was given stands for.</summary>
    public T Of(ParseResult parsed)
    {
        var word = parsed.GetRequiredValue(this);
        return Array.Find(_choices, choice => choice.Word == word).Meaning;
    }

    /// <summary>What the word that was given stands for, or something else where none was.</summary>
    public T Of(ParseResult parsed, T otherwise) => this.IsGiven(parsed) ? Of(parsed) : otherwise;
}
