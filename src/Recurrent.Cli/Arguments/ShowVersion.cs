using System.CommandLine;
using System.CommandLine.Invocation;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Arguments;

/// <summary>The action that prints name and version.</summary>
internal sealed class ShowVersion : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"recurrent {Installation.Version}");
        return ExitCode.Success;
    }
}
