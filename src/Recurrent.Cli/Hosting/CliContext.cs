using Recurrent.Formats;
using Recurrent.Mpi;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Cli.Hosting;

/// <summary>The world outside as the verbs see it: everything that a test replaces.</summary>
internal sealed record CliContext
{
    /// <summary>Standard output, for results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard output, for results that are bytes.</summary>
    public required Stream OutBytes { get; init; }

    /// <summary>Standard error, for errors and notes.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input; null if it is a terminal.</summary>
    public Func<Stream>? OpenInput { get; init; }

    /// <summary>The size of a text, in bytes, above which its tokens are kept in a file.</summary>
    public long LargeText { get; init; } = TokenCache.LargeText;

    /// <summary>The length of a segment of a long text, in bytes.</summary>
    public long SegmentLength { get; init; } = SegmentCuts.UsualLength;

    /// <summary>Whether a person reads <see cref="Out"/> in a terminal of any kind.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>The terminal that <see cref="Out"/> is; null for plain lines.</summary>
    public Terminal? Terminal { get; init; }

    /// <summary>The handling of Ctrl-C and other signals.</summary>
    public required Interruption Interruption { get; init; }

    /// <summary>The variables of the environment.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>The graphics cards.</summary>
    public Gpus Gpus { get; init; } = Gpus.OfThisMachine;

    /// <summary>What has started this process as one of several; null for none.</summary>
    public Launcher? Launcher { get; init; }

    /// <summary>Connects this process with the others that the launcher has started.</summary>
    public Func<Launcher, JoinedRanks> Join { get; init; } = JoinedRanks.ByMpi;

    /// <summary>The ranks that this process is one of; null where it works alone.</summary>
    public LaunchedRanks? Ranks { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
