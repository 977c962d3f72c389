using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Reports;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>info</c>: this program and its machine, for the report of a bug.</summary>
internal static class InfoCommand
{
    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "info",
            "Show the version, the processor and what is used of it, for the report of a bug.",
            ("recurrent info", "for people"),
            ("recurrent info --json", "for programs")
        );
        var json = JsonOption.Create();
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var here = Installation.Find();
            if (parsed.GetValue(json))
            {
                JsonLine.Write(context.Out, here);
                return ExitCode.Success;
            }
            (string Name, string Value)[] lines =
            [
                ("recurrent", here.Recurrent + (here.Commit is { } commit ? $", commit {commit}" : "")),
                ("runtime", $"{here.Runtime}, compiled {here.Compiled}"),
                ("system", $"{here.System}, {here.Architecture}"),
                ("processor", here.Processor ?? "unknown"),
                ("instructions", here.Instructions is [] ? "none that help" : string.Join(", ", here.Instructions)),
                ("vectors", here.Tier == "scalar" ? "none" : $"{here.Tier} bits"),
                ("threads", $"{here.Processors}"),
                ("memory", Figures.Bytes(here.Memory)),
            ];
            foreach (var (name, value) in lines)
            {
                context.Out.WriteLine(PrintableText.OneLine($"{name, -14}{value}"));
            }
            return ExitCode.Success;
        });
        return verb;
    }
}
