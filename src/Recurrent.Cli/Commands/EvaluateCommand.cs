using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Cli.Training;
using Recurrent.Evaluation;
using Recurrent.Text;

namespace Recurrent.Cli.Commands;

/// <summary><c>evaluate</c>: how well a model predicts a text, beside simpler ways.</summary>
internal static class EvaluateCommand
{
    private const double UsualShare = 0.1;

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
        var validation = NumberOption.OptionalReal(
            "--validation",
            "Share of the text, at its end, that is measured; the n-grams learn from what stands before. "
                + "[default: what the model's training held out of this text, otherwise 0.1]",
            value => value is > 0 and <= 1,
            "above 0 and at most 1"
        );
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        verb.Options.Add(validation);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var source = TextSource.Find(parsed.GetRequiredValue(text), context);
            var trained = model.LoadForward(parsed, "cannot be measured");
            var cancellation = context.Interruption.Token;
            var bytes = source.Read(cancellation);
            var whole = MeasuredText.FromBytes(bytes, source.Origin, trained.Codec);
            if (whole.Tokens.IsEmpty)
            {
                throw new FailureException(
                    $"{source.Origin} has nothing that the model reads; give a text with at least one letter."
                );
            }
            var training = TrainingSplit.Of(trained.Training, Corpus.HashOf(bytes), whole.Tokens.Length);
            var (start, length, name) = Choose(whole, training, parsed.GetValue(validation));
            var (before, measured) = (whole.Slice(0, start), whole.Slice(start, length));
            var report = new EvaluationOutput(context.Out, model.Path(parsed), source.Name, measured, name);
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

    /// <summary>Which tokens are measured, and in what words: those that the training held out, unless a share is given.</summary>
    private static (int Start, int Length, MeasuredPart Part) Choose(
        MeasuredText whole,
        TrainingSplit? training,
        double? share
    )
    {
        if (share is null && training is { HeldOut: > 0 } split)
        {
            return (split.Trained, split.HeldOut, MeasuredPart.HeldOut);
        }
        var tokens = whole.Tokens.Length;
        var length = (int)Math.Ceiling((share ?? UsualShare) * tokens);
        return (
            tokens - length,
            length,
            tokens - length < training?.Trained ? MeasuredPart.TrainedOn : MeasuredPart.End
        );
    }
}
