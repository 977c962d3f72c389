using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">What it is called by.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Command lines and what each does.</param>
internal sealed class Verb(string name, string description, params (string Line, string Does)[] examples)
    : Command(name, description)
{
    /// <summary>Command lines and what each does.</summary>
    public IReadOnlyList<(string Line, string Does)> Examples { get; } = examples;
}
