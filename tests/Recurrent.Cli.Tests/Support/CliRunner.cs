using Recurrent.Cli.Hosting;
using Recurrent.Formats;
using Recurrent.Kernels.Gpu;
using Recurrent.Mpi;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Cli.Tests.Support;

/// <summary>Runs the command line within the test's own process.</summary>
internal sealed class CliRunner : IDisposable
{
    public Interruption Interruption { get; } = new();

    public SteppingTime Time { get; } = new();

    public Terminal? Terminal { get; init; }

    public bool OutIsTerminal { get; init; }

    public long LargeText { get; init; } = TokenCache.LargeText;

    public long SegmentLength { get; init; } = SegmentCuts.UsualLength;

    /// <summary>The graphics cards; none unless a test has one.</summary>
    public Gpus Gpus { get; init; } = new(() => 0, index => new CudaCard(null, index));

    /// <summary>The variables of the environment; none unless a test has some.</summary>
    public Dictionary<string, string> Variables { get; init; } = [];

    /// <summary>What has started this process as one of several; nothing unless a test says so.</summary>
    public Launcher? Launcher { get; init; }

    /// <summary>Connects it with the others.</summary>
    public Func<Launcher, JoinedRanks> Join { get; init; } = JoinedRanks.ByMpi;

    /// <summary>What the standard input holds; null where it is a terminal.</summary>
    public byte[]? Input { get; init; }

    /// <summary>Where the output goes, instead of into the result.</summary>
    public TextWriter? Out { get; init; }

    /// <summary>Where results that are bytes go.</summary>
    public Stream OutBytes { get; init; } = Stream.Null;

    public CliResult Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var exitCode = new Application(Context(Out ?? output, error)).Run(arguments);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }

    public CliContext Context(TextWriter output, TextWriter error) =>
        new()
        {
            Out = output,
            OutBytes = OutBytes,
            Error = error,
            OpenInput = Input is null ? null : () => new MemoryStream(Input),
            OutIsTerminal = OutIsTerminal || Terminal is not null,
            Terminal = Terminal,
            LargeText = LargeText,
            SegmentLength = SegmentLength,
            Gpus = Gpus,
            Launcher = Launcher,
            Join = Join,
            Variable = Variables.GetValueOrDefault,
            Interruption = Interruption,
            Time = Time,
        };

    /// <summary>Runs in plain surroundings.</summary>
    public static CliResult Plain(params string[] arguments)
    {
        using var runner = new CliRunner();
        return runner.Run(arguments);
    }

    public void Dispose() => Interruption.Dispose();
}
