using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Text;
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
            ("recurrent evaluate story.safetensors story", "what its training run held out"),
            ("recurrent evaluate my.safetensors unseen.txt", "another text, whole"),
            ("recurrent evaluate my.safetensors unseen.txt --training my.txt", "n-grams learn from my.txt")
        );
        var model = new ModelFileArgument(verb);
        var names = new TextArguments(verb, byDefault: null, [TextSettings.Encoding]);
        var validation = NumberOption.Optional(
            "--validation",
            "Share of the text, at its end, to measure; the n-grams learn from the part before it.",
            MeasuredText.Shares,
            "what the training run held out of its own text, or the last tenth of it and at most "
                + $"{MaxTokensByDefault:#,0} tokens; all of any other text"
        );
        var training = new Option<string?>("--training")
        {
            Description = "The text that the model was trained on, for the n-grams to learn from the same.",
            HelpName = "TEXT",
        };
        var json = JsonOption.Create();
        verb.Options.Add(validation);
        verb.Options.Add(training);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var trained = model.LoadForward(parsed, "cannot be measured");
            var options = MeasuredText.OptionsOf(trained.Codec, names.Corpus(parsed, new CorpusOptions()).Encoding);
            var source = TextSource.Find(names.Text(parsed), options, context);
            var cancellation = context.Interruption.Token;
            using var stream = source.OpenRereadable(cancellation);
            var (tokens, split) = Count(stream, source, trained, options, cancellation);
            var (start, length, part) = Choose(
                tokens,
                split?.Trained ?? 0,
                split?.HeldOut ?? 0,
                parsed.GetValue(validation)
            );
            var learned = (int)Math.Min(start, Baselines.MaxTraining);
            var text = Read(stream, source, trained, options, start - learned, learned + length, cancellation);
            var measured = text.Slice(learned, length);
            var before = parsed.GetValue(training) is { } name
                ? ReadTraining(name, names.Text(parsed), trained, options, context)
                : text.Slice(0, learned);
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
                return ExitCode.Success;
            }
            report.WriteTable(all);
            if (before.Length == 0)
            {
                report.WriteWithoutNGrams();
            }
            return ExitCode.Success;
        });
        return verb;
    }

    /// <summary>Reads what the model was trained on of a text, or all of it, as far as n-grams need it.</summary>
    private static MeasuredText ReadTraining(
        string name,
        TextNames measured,
        TrainedModel trained,
        CorpusOptions options,
        CliContext context
    )
    {
        var cancellation = context.Interruption.Token;
        var source = TextSource.Find(measured with { Names = [name] }, options, context);
        using var stream = source.OpenRereadable(cancellation);
        var (tokens, split) = Count(stream, source, trained, options, cancellation);
        var end = split?.Trained ?? tokens;
        var length = (int)Math.Min(end, Baselines.MaxTraining);
        return Read(stream, source, trained, options, end - length, length, cancellation);
    }

    private static (long Tokens, TrainingSplit? Split) Count(
        Stream stream,
        TextSource source,
        TrainedModel trained,
        CorpusOptions options,
        CancellationToken cancellationToken
    )
    {
        var (tokens, hash, sourceHash) = MeasuredText.Count(
            stream,
            source.Origin,
            trained.Codec,
            options.Encoding,
            cancellationToken
        );
        return tokens == 0
            ? throw new FailureException(
                $"{source.Origin} has no token for the model to read; give a text with at least one letter."
            )
            : (
                tokens,
                TrainingSplit.Of(trained.Training, hash, tokens)
                    ?? TrainingSplit.Of(trained.Training, sourceHash, tokens)
            );
    }

    private static MeasuredText Read(
        Stream stream,
        TextSource source,
        TrainedModel trained,
        CorpusOptions options,
        long start,
        int length,
        CancellationToken cancellationToken
    )
    {
        stream.Position = 0;
        return MeasuredText.FromStream(
            stream,
            source.Origin,
            trained.Codec,
            start,
            length,
            options.Encoding,
            cancellationToken
        );
    }

    /// <summary>
    /// Chooses the tokens to measure, and their description: those that the training run held out of its own text, and
    /// all of any other, unless a share is given.
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
        var isOwn = share is null && trained == 0;
        var length = (long)Math.Ceiling((isOwn ? 1 : share ?? ShareByDefault) * tokens);
        length = Math.Min(length, share is null && !isOwn ? MaxTokensByDefault : s_mostTokens);
        var part =
            tokens - length < trained ? MeasuredPart.TrainedOn
            : length == tokens ? MeasuredPart.Whole
            : MeasuredPart.End;
        return (tokens - length, (int)length, part);
    }
}
