using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Recurrent.Cli.Arguments;

/// <summary>Prints name and version.</summary>
internal sealed class ShowVersion : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var version =
            typeof(ShowVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!;
        // What follows the plus sign is the commit it was built from.
        parseResult.InvocationConfiguration.Output.WriteLine(
            $"recurrent {version.InformationalVersion.Split('+')[0]}"
        );
        return ExitCode.Success;
    }
}
