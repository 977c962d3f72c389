using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Arguments;

/// <summary>The action that prints name and version.</summary>
internal sealed class ShowVersion : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var version = typeof(ShowVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!;
        // The commit it was built from follows the plus sign.
        parseResult.InvocationConfiguration.Output.WriteLine($"recurrent {version.InformationalVersion.Split('+')[0]}");
        return ExitCode.Success;
    }
}
