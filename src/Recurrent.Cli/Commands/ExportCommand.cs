using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Output;
using Recurrent.Formats;
using Recurrent.Models;

namespace Recurrent.Cli.Commands;

/// <summary><c>export</c>: from a model file to one that other programs run.</summary>
internal static class ExportCommand
{
    /// <summary>Makes the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "export",
            "Write a model as ONNX, for other programs to run.",
            ("recurrent export story.safetensors --onnx story.onnx", "tokens in, logits out")
        );
        var model = new Argument<string>("MODEL")
        {
            Description = "A model file that recurrent train wrote.",
        };
        var onnx = new Option<string>("--onnx")
        {
            Description = "The ONNX file to write (opset 17, any batch and number of steps).",
            HelpName = "FILE",
            Required = true,
        };
        verb.Arguments.Add(model);
        verb.Options.Add(onnx);
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetRequiredValue(onnx), context));
        return verb;
    }

    private static int Run(string model, string path, CliContext context)
    {
        if (model.Length == 0 || path.Length == 0)
        {
            throw new UsageException(
                "The name of a file is empty; recurrent export --help shows how it is used."
            );
        }
        OnnxFile.Export(TrainedModel.Load(model), path);
        context.Out.WriteLine($"model exported: {SafeText.OneLine(path)}");
        return ExitCode.Success;
    }
}
