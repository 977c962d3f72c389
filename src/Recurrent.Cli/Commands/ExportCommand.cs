using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Files;
using Recurrent.Formats;
using Recurrent.Ranges;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>export</c>: from a model file to a file that other programs run, or to a smaller one.</summary>
internal static class ExportCommand
{
    private const int OwnTokens = 2000; // that the loss of a smaller file is measured on

    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "export",
            "Write a model as an ONNX file, which other programs can run, or as a model file of half the size.",
            ("recurrent export story.safetensors --no-counts --onnx story.onnx", "tokens in, logits out"),
            ("recurrent export story.safetensors --dtype f16 --out small.safetensors", "16 bits for each weight")
        );
        var model = new ModelFileArgument(verb);
        var onnx = new Option<string?>("--onnx")
        {
            Description =
                "The ONNX file to write (opset 17, any batch and number of steps); of a model with counts it takes "
                + "--no-counts.",
            HelpName = "FILE",
        };
        var type = new ChoiceOption<WeightType>(
            "--dtype",
            "The type of the weights in the model file to write: f16 is the more exact, bf16 holds any size.",
            hasDefault: false,
            ("f32", WeightType.Float32),
            ("f16", WeightType.Float16),
            ("bf16", WeightType.BFloat16)
        );
        var network = NumberOption.Optional(
            "--network",
            "Take one network alone, without counts, of a model that has several.",
            TrainingPlan.NetworkCounts,
            "all together"
        );
        var output = new Option<string?>("--out", "-o") { Description = "The model file to write.", HelpName = "FILE" };
        verb.Options.Add(onnx);
        verb.Options.Add(type);
        verb.Options.Add(output);
        verb.Options.Add(model.NoCounts);
        verb.Options.Add(network);
        verb.SetAction(parsed =>
        {
            var (onnxPath, path) = (parsed.GetValue(onnx), parsed.GetValue(output));
            if (onnxPath is null == path is null)
            {
                throw new UsageException(
                    "There must be one file to write; give --onnx my.onnx, or --dtype f16 --out small.safetensors."
                );
            }
            if (onnxPath is "" || path is "")
            {
                throw new UsageException("The name of the file to write is empty; give one, such as --onnx my.onnx.");
            }
            if (path is null == type.IsGiven(parsed))
            {
                throw new UsageException(
                    "--dtype and --out go together; give both, such as --dtype f16 --out small.safetensors."
                );
            }
            if (onnxPath is not null)
            {
                var trained = Load(model, parsed, parsed.GetValue(network));
                if (trained.Networks.Count > 1)
                {
                    throw new FailureException(
                        $"{model.Path(parsed)} has {trained.Networks.Count} networks, and an ONNX file is of one; export "
                            + "one of them, with --network 1."
                    );
                }
                if (trained.WithoutCounts() != trained)
                {
                    throw new FailureException(
                        $"{model.Path(parsed)} has counts, which ONNX has nothing for; export its network alone, with "
                            + "--no-counts."
                    );
                }
                trained.ExportOnnx(onnxPath);
                context.Out.WriteLine($"model exported: {PrintableText.OneLine(onnxPath)}");
            }
            else
            {
                Write(Load(model, parsed, parsed.GetValue(network)), model.Path(parsed), path!, type.Of(parsed), context);
            }
            return ExitCode.Success;
        });
        return verb;
    }

    /// <summary>Loads the model, or the one of its networks that is asked for.</summary>
    /// <exception cref="FailureException">It has fewer networks.</exception>
    private static TrainedModel Load(ModelFileArgument model, ParseResult parsed, int? network)
    {
        var trained = model.Load(parsed);
        return network is not { } number ? trained
            : number <= trained.Networks.Count ? trained.OnlyNetwork(number)
            : throw new FailureException(
                $"--network is {number} and {model.Path(parsed)} has "
                    + $"{Sentences.Amount(trained.Networks.Count, "networks")}; choose one of them."
            );
    }

    private static void Write(
        TrainedModel trained,
        string from,
        string to,
        WeightType type,
        CliContext context
    )
    {
        if (AtomicFile.FinalTarget(from) == AtomicFile.FinalTarget(to))
        {
            throw new UsageException(
                $"{PrintableText.OneLine(to)} is the model itself, whose weights would be lost; name another file."
            );
        }
        TrainedModel.CheckDestination(to);
        trained.Save(to, type);
        var (before, after) = (new FileInfo(from).Length, new FileInfo(to).Length);
        context.Out.WriteLine($"model saved: {PrintableText.OneLine(to)}, {after:#,0} bytes instead of {before:#,0}");
        if (trained.Model.Configuration.Bidirectional)
        {
            return; // it cannot be measured
        }
        var cancellation = context.Interruption.Token;
        var text = new TextGenerator(
            trained.Model,
            trained.Codec,
            new SamplingOptions { Temperature = 1, Seed = 1 }
        ).Generate("", OwnTokens, cancellation);
        double Perplexity(TrainedModel model) => ModelEvaluator.Measure(model, text, cancellation).Perplexity;
        context.Out.WriteLine(
            $"perplexity on {OwnTokens:#,0} tokens that the model wrote: {Perplexity(trained):0.00000}, and "
                + $"{Perplexity(TrainedModel.Load(to)):0.00000} by the new file"
        );
        context.Out.WriteLine("on a text of yours: recurrent evaluate MODEL FILE, with each of the two");
    }
}
