using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>A command whose help ends with examples, and whose options may stand in groups.</summary>
/// <param name="name">The name of the verb.</param>
/// <param name="description">Its help.</param>
/// <param name="examples">Command lines, each with an explanation.</param>
internal sealed class Verb(string name, string description, params (string Line, string Does)[] examples)
    : Command(name, description)
{
    private readonly Dictionary<string, string> _headings = new(StringComparer.Ordinal);

    /// <summary>Command lines, each with an explanation.</summary>
    public IReadOnlyList<(string Line, string Does)> Examples { get; } = examples;

    /// <summary>Whether options that are not given are read from the environment.</summary>
    public bool ReadsVariables { get; init; }

    /// <summary>The heading of a group of options, by the name of its first option.</summary>
    public IReadOnlyDictionary<string, string> Headings => _headings;

    /// <summary>
    /// Adds options, which the help shows under a heading; those with the heading of the last ones join them.
    /// </summary>
    /// <param name="heading">The heading.</param>
    /// <param name="options">The options, at least one.</param>
    public void Add(string heading, params IReadOnlyList<Option> options)
    {
        if (!_headings.ContainsValue(heading))
        {
            _headings.Add(options[0].Name, heading);
        }
        foreach (var option in options)
        {
            Options.Add(option);
        }
    }
}
