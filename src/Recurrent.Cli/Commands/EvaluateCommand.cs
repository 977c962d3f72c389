using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;

namespace Recurrent.Cli.Commands;

/// <summary><c>evaluate</c>: how well a model predicts a text, beside simpler ways.</summary>
internal static class EvaluateCommand
{
    /// <summary>Makes the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "evaluate",
            "Measure how well a model predicts a text: perplexity, bits per character and byte, beside n-grams and compressors.",
            ("recurrent evaluate story.safetensors story", "the last tenth of a text"),
            ("recurrent evaluate my.safetensors unseen.txt --validation 1", "all of it")
        );
        var model = new ModelFileArgument(verb);
        var text = TextArguments.CreateText();
        verb.Arguments.Add(text);
        var validation = NumberOption.Real(
            "--validation",
            "Share of the text, at its end, that is measured; the n-grams learn from what stands before.",
            value => value is > 0 and <= 1,
            "above 0 and at most 1",
            0.1
        );
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        verb.Options.Add(validation);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var source = TextSource.Find(parsed.GetRequiredValue(text), context);
            var trained = model.LoadForward(parsed, "cannot be measured");
            var cancellation = context.Interruption.Token;
            var whole = MeasuredText.FromBytes(source.Read(cancellation), source.Origin, trained.Codec);
            if (whole.Tokens.IsEmpty)
            {
                throw new FailureException(
                    $"{source.Origin} has nothing that the model reads; give a text with at least one letter."
                );
            }
            var (before, measured) = whole.HoldOut(parsed.GetValue(validation));
            var report = new EvaluationOutput(context.Out, model.Path(parsed), source.Name, measured);
            var vocabularySize = trained.Codec.Vocabulary.Count;
            List<Measurement> all =
            [
                ModelEvaluator.Measure(trained, measured, cancellation),
                .. Baselines.Measure(before, measured, vocabularySize, cancellation),
            ];
            if (parsed.GetValue(json))
            {
                report.WriteJson(all);
            }
            else
            {
                report.WriteTable(all);
            }
            return ExitCode.Success;
        });
        return verb;
    }
}
