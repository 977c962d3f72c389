using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Formats;
using Recurrent.Reports;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>import</c>: from another program's weights and a vocabulary to a model file.</summary>
internal static class ImportCommand
{
    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "import",
            "Make a model file from weights trained with PyTorch, or from an ONNX model.",
            ("recurrent import weights.safetensors --vocabulary vocab.json", "from an nn.LSTM, for example"),
            ("recurrent import weights.pt --vocabulary vocab.json", "a state_dict() by torch.save"),
            ("recurrent import model.onnx --vocabulary vocab.json", "from Keras by tf2onnx, for example")
        );
        var weights = new Argument<string>("WEIGHTS")
        {
            Description = "A state dictionary in a safetensors file or one of torch.save, or a model in an .onnx file.",
        };
        var vocabulary = new Option<string>("--vocabulary")
        {
            Description =
                "A JSON file with the token of each index: [\"a\", \"b\"], {\"a\": 0, \"b\": 1} or "
                + "{\"0\": \"a\", \"1\": \"b\"}.",
            HelpName = "FILE",
            Required = true,
        };
        var nonlinearity = new ChoiceOption<string?>(
            "--nonlinearity",
            "That of an nn.RNN, which its weights do not tell. [default: tanh]",
            hasDefault: false,
            ("tanh", "tanh"),
            ("relu", "relu")
        );
        var output = new Option<string>("--out", "-o")
        {
            Description = "The model file to write.",
            HelpName = "FILE",
            DefaultValueFactory = _ => "model.safetensors",
        };
        UsageError.RequireNames(weights, verb, "weights");
        verb.Arguments.Add(weights);
        verb.Options.Add(vocabulary);
        verb.Options.Add(nonlinearity);
        verb.Options.Add(output);
        verb.SetAction(parsed =>
            Run(
                parsed.GetRequiredValue(weights),
                parsed.GetRequiredValue(vocabulary),
                nonlinearity.Of(parsed, otherwise: null),
                parsed.GetRequiredValue(output),
                context
            )
        );
        return verb;
    }

    private static int Run(string weights, string vocabulary, string? nonlinearity, string path, CliContext context)
    {
        if (vocabulary.Length == 0 || path.Length == 0)
        {
            throw new UsageException(
                "The name of a file is empty; give the vocabulary and the file to write a name each."
            );
        }
        var isOnnx = weights.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);
        if (isOnnx && nonlinearity is not null)
        {
            throw new UsageException("An ONNX file tells the nonlinearity of an RNN; leave --nonlinearity out.");
        }
        TrainedModel.CheckDestination(path);
        List<string> notes = [];
        var trained = isOnnx
            ? TrainedModel.ImportOnnx(weights, vocabulary, notes.Add)
            : TrainedModel.ImportPyTorch(weights, vocabulary, nonlinearity, notes.Add);
        trained.Save(path);
        var model = trained.Model.Configuration;
        var count = trained.Model.Parameters.Sum(parameter => (long)parameter.Value.Count);
        context.Out.WriteLine(
            PrintableText.OneLine(
                $"{model.Kind}: {ModelText.Parts(model)}, {model.VocabularySize:#,0} vocabulary entries, "
                    + $"{count:#,0} weights"
            )
        );
        foreach (var note in notes)
        {
            context.Error.WriteLine(PrintableText.OneLine(note));
        }
        context.Out.WriteLine($"model saved: {PrintableText.OneLine(path)}");
        return ExitCode.Success;
    }
}
