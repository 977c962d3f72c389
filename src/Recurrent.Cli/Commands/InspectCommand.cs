using Recurrent.Cli.Arguments;
using Recurrent.Cli.Output;
using Recurrent.Formats;
using Recurrent.Models;

namespace Recurrent.Cli.Commands;

/// <summary><c>inspect</c>: what a model file holds.</summary>
internal static class InspectCommand
{
    /// <summary>Makes the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "inspect",
            "Show what a model file holds: its kind and sizes, parameters, vocabulary and training.",
            ("recurrent inspect story.safetensors", "for reading"),
            ("recurrent inspect story.safetensors --json", "for a program")
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
                context.Out.WriteLine(SafeText.OneLine(line));
            }
            return ExitCode.Success;
        });
        return verb;
    }
}
