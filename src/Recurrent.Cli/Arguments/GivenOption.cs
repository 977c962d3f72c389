using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>The presence of an option on the command line.</summary>
internal static class GivenOption
{
    /// <summary>Tells whether an option was given, rather than left to its default.</summary>
    public static bool IsGiven(this Option option, ParseResult parsed) =>
        parsed.GetResult(option) is { Implicit: false };
}
