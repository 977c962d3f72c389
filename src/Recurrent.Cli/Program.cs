using System.Text;
using Recurrent.Cli;
using Recurrent.Cli.Hosting;
using Recurrent.Mpi;

var launcher = Launcher.Find(Environment.GetEnvironmentVariable);
if (launcher is not null)
{
    // A launcher may give each process a terminal, and writes what comes out of it into a pipe or a file. The runtime,
    // too, would greet a terminal that is more than dumb.
    Environment.SetEnvironmentVariable("TERM", "dumb");
}
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var interruption = new Interruption();
using var signals = new ProcessSignals(interruption);
var output = StandardOutput.Open(interruption);
var context = new CliContext
{
    Out = StandardOutput.TextOf(output),
    OutBytes = output,
    Error = new NoteWriter(Console.Error),
    OpenInput = Console.IsInputRedirected ? StandardInput.Open : null,
    OutIsTerminal = !Console.IsOutputRedirected && launcher is null,
    Terminal = Terminal.Detect(),
    Launcher = launcher,
    Interruption = interruption,
    Time = TimeProvider.System,
};
return new Application(context).Run(args);
