using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Formats;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>export</c>: from a model file to a file that other programs run.</summary>
internal static class ExportCommand
{
    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "export",
            "Write a model as an ONNX file, which other programs can run.",
            ("recurrent export story.safetensors --onnx story.onnx", "tokens in, logits out")
        );
        var model = new ModelFileArgument(verb);
        var onnx = new Option<string>("--onnx")
        {
            Description = "The ONNX file to write (opset 17, any batch and number of steps).",
            HelpName = "FILE",
            Required = true,
        };
        verb.Options.Add(onnx);
        verb.SetAction(parsed => Run(model.Path(parsed), parsed.GetRequiredValue(onnx), context));
        return verb;
    }

    private static int Run(string model, string path, CliContext context)
    {
        if (path.Length == 0)
        {
            throw new UsageException("--onnx is empty and must name a file; give one, such as --onnx my.onnx.");
        }
        TrainedModel.Load(model).ExportOnnx(path);
        context.Out.WriteLine($"model exported: {PrintableText.OneLine(path)}");
        return ExitCode.Success;
    }
}
