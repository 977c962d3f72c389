using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>evaluate</c>: how well a model predicts a text, compared with simpler predictors.</summary>
internal static class EvaluateCommand
{
    private const double ShareByDefault = 0.1;
    private const int MaxTokensByDefault = 500_000;
    private static readonly int s_mostTokens = Array.MaxLength - Baselines.MaxTraining; // that memory can hold

    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "evaluate",
            "Measure how well a model predicts a text: perplexity, bits per character and bits per byte, compared with "
                + "n-grams and compressors.",
            ("recurrent evaluate story.safetensors story", "the last tenth of a text"),
            ("recurrent evaluate my.safetensors unseen.txt --validation 1", "the whole text")
        );
        var model = new ModelFileArgument(verb);
        var name = TextArguments.CreateText();
        verb.Arguments.Add(name);
        var validation = NumberOption.Optional(
            "--validation",
            "Share of the text, at its end, to measure; the n-grams learn from the part before it.",
            MeasuredText.Shares,
            $"what the training run held out of this text, otherwise 0.1, at most {MaxTokensByDefault:#,0} tokens"
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
                    $"{source.Origin} has no token for the model to read; give a text with at least one letter."
                );
            }
            var training = TrainingSplit.Of(trained.Training, hash, tokens);
            var (start, length, part) = Choose(
                tokens,
                training?.Trained ?? 0,
                training?.HeldOut ?? 0,
                parsed.GetValue(validation)
            );
            var learned = (int)Math.Min(start, Baselines.MaxTraining);
            stream.Position = 0;
            var text = MeasuredText.FromStream(
                stream,
                source.Origin,
                trained.Codec,
                start - learned,
                learned + length,
                cancellation
            );
            var (before, measured) = (text.Slice(0, learned), text.Slice(learned, length));
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

    /// <summary>
    /// Chooses the tokens to measure, and their description: those that the training run held out, unless a share is
    /// given.
    /// </summary>
    internal static (long Start, int Length, MeasuredPart Part) Choose(
        long tokens,
        long trained,
        long heldOut,
        double? share
    )
    {
        if (share is null && heldOut > 0)
        {
            return (trained, (int)Math.Min(heldOut, s_mostTokens), MeasuredPart.HeldOut);
        }
        var length = (long)Math.Ceiling((share ?? ShareByDefault) * tokens);
        length = Math.Min(length, share is null ? MaxTokensByDefault : s_mostTokens);
        return (tokens - length, (int)length, tokens - length < trained ? MeasuredPart.TrainedOn : MeasuredPart.End);
    }
}
