using System.Text;
using Recurrent.Cli;
using Recurrent.Cli.Hosting;

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
    OutIsTerminal = !Console.IsOutputRedirected,
    Terminal = Terminal.Detect(),
    Interruption = interruption,
    Time = TimeProvider.System,
};
return new Application(context).Run(args);
