using Recurrent.Cli.Hosting;
using Recurrent.Formats;

namespace Recurrent.Cli;

/// <summary>What the verbs know of the world outside: everything that a test replaces.</summary>
internal sealed record CliContext
{
    /// <summary>The standard output, for results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>The standard error, for errors and notes.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens the standard input; null where that is a terminal.</summary>
    public Func<Stream>? OpenInput { get; init; }

    /// <summary>The length of a text, in bytes, above which its tokens are kept in a file.</summary>
    public long LargeText { get; init; } = TokenCache.LargeText;

    /// <summary>Whether a person reads <see cref="Out"/> in a terminal of any kind.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>The terminal that <see cref="Out"/> is; null for plain lines.</summary>
    public Terminal? Terminal { get; init; }

    /// <summary>What Ctrl-C and its like lead to.</summary>
    public required Interruption Interruption { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
