using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Formats;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>inspect</c>: the contents of a model file.</summary>
internal static class InspectCommand
{
    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "inspect",
            "Show what a model file contains: kind, sizes, parameters, vocabulary and training run.",
            ("recurrent inspect story.safetensors", "for people"),
            ("recurrent inspect story.safetensors --json", "for programs")
        );
        var model = new ModelFileArgument(verb);
        var json = JsonOption.Create();
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var trained = TrainedModel.Load(model.Path(parsed));
            if (parsed.GetValue(json))
            {
                InspectionOutput.WriteJson(trained, model.Path(parsed), context.Out);
                return ExitCode.Success;
            }
            foreach (var line in InspectionOutput.Lines(trained))
            {
                context.Out.WriteLine(PrintableText.OneLine(line));
            }
            return ExitCode.Success;
        });
        return verb;
    }
}
