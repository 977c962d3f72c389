using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>Whether an option stands on the command line.</summary>
internal static class GivenOption
{
    /// <summary>Whether it was given, rather than left to its default.</summary>
    public static bool IsGiven(this Option option, ParseResult parsed) =>
        parsed.GetResult(option) is { Implicit: false };
}
