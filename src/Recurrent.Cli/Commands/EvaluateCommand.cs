using Recurrent.Cli.Arguments;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary><c>evaluate</c>: how well a model predicts a text, beside simpler ways.</summary>
internal static class EvaluateCommand
{
    private const double UsualShare = 0.1;
    private const int UsuallyMost = 500_000; // tokens

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
        var name = TextArguments.CreateText();
        verb.Arguments.Add(name);
        var validation = NumberOption.OptionalReal(
            "--validation",
            "Share of the text, at its end, that is measured; the n-grams learn from what stands before. "
                + $"[default: what the model's training held out of this text, otherwise 0.1, at most {UsuallyMost:#,0} tokens]",
            value => value is > 0 and <= 1,
            "above 0 and at most 1"
        );
        var json = JsonOption.Create();
        verb.Options.Add(validation);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var source = TextSource.Find(parsed.GetRequiredValue(name), context);
            var trained = model.LoadForward(parsed, "cannot be measured");
            var cancellation = context.Interruption.Token;
            using var stream = source.OpenRereadable(cancellation);
            var (tokens, hash) = MeasuredText.Count(stream, source.Origin, trained.Codec, cancellation);
            if (tokens == 0)
            {
                throw new FailureException(
                    $"{source.Origin} has nothing that the model reads; give a text with at least one letter."
                );
            }
            var training = TrainingSplit.Of(trained.Training, hash, tokens);
            var (start, length, part) = Choose(tokens, training, parsed.GetValue(validation));
            var learnt = (int)Math.Min(start, Baselines.MaxTraining);
            stream.Position = 0;
            var text = MeasuredText.FromStream(
                stream,
                source.Origin,
                trained.Codec,
                start - learnt,
                learnt + length,
                cancellation
            );
            var (before, measured) = (text.Slice(0, learnt), text.Slice(learnt, length));
            var report = new EvaluationOutput(context.Out, model.Path(parsed), source.Name, measured, part);
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
    private static (long Start, int Length, MeasuredPart Part) Choose(
        long tokens,
        TrainingSplit? training,
        double? share
    )
    {
        if (share is null && training is { HeldOut: > 0 } split)
        {
            return (split.Trained, (int)split.HeldOut, MeasuredPart.HeldOut);
        }
        var length = (long)Math.Ceiling((share ?? UsualShare) * tokens);
        length = Math.Min(length, share is null ? UsuallyMost : Array.MaxLength - Baselines.MaxTraining);
        return (
            tokens - length,
            (int)length,
            tokens - length < training?.Trained ? MeasuredPart.TrainedOn : MeasuredPart.End
        );
    }
}
