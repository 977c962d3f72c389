using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">The name of the verb.</param>
/// <param name="description">Its help.</param>
/// <param name="examples">Command lines, each with an explanation.</param>
internal sealed class Verb(string name, string description, params (string Line, string Does)[] examples)
    : Command(name, description)
{
    /// <summary>Command lines, each with an explanation.</summary>
    public IReadOnlyList<(string Line, string Does)> Examples { get; } = examples;
}
