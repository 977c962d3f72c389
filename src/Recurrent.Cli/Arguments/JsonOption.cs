using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>The option <c>--json</c> of a verb that reports once.</summary>
internal static class JsonOption
{
    /// <summary>Creates the option.</summary>
    public static Option<bool> Create() => new("--json") { Description = "Print one JSON object and nothing else." };
}
