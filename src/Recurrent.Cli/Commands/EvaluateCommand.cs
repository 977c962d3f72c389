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
            ("recurrent evaluate my.safetensors unseen.txt --training my.txt", "n-grams learn from my.txt"),
            ("recurrent evaluate my.safetensors unseen.txt --adapt", "learning as it reads")
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
        var training = new Option<string[]>("--training")
        {
            Description =
                "The text that the model was trained on, for the n-grams to learn from the same; a file, a folder or a "
                + "pattern, and given several times for several.",
            HelpName = "TEXT",
            Arity = ArgumentArity.OneOrMore,
        };
        var adapt = new Option<bool>("--adapt")
        {
            Description =
                "Measure besides how well a copy of the model predicts that learns from each character after it has "
                + "predicted it: a figure to compare with compressors alone, which learn as they go.",
        };
        var json = JsonOption.Create();
        verb.Options.Add(validation);
        verb.Options.Add(training);
        verb.Options.Add(adapt);
        verb.Options.Add(model.NoCounts);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var trained = model.LoadForward(parsed, "cannot be measured");
            var options = MeasuredText.OptionsOf(trained.Codec, names.Corpus(parsed, new CorpusOptions()).Encoding);
            var named = names.Text(parsed, trained);
            var cancellation = context.Interruption.Token;
            var source = TextSource.Find(named, options, context);
            using var stream = source.OpenRereadable(cancellation);
            var text = new ModelsText(source, stream, trained, options, cancellation);
            var (before, measured, part) = text.Choose(parsed.GetValue(validation));
            if (parsed.GetValue(training) is { Length: > 0 } known)
            {
                var other = TextSource.Find(named with { Names = known }, options, context);
                using var learned = other.OpenRereadable(cancellation);
                before = new ModelsText(other, learned, trained, options, cancellation).Trained();
            }
            var report = new EvaluationOutput(context.Out, model.Path(parsed), source.Name, measured, part);
            var vocabularySize = trained.Codec.Vocabulary.Count;
            List<Measurement> all =
            [
                ModelEvaluator.Measure(trained, measured, cancellation),
                .. Baselines.Measure(before, measured, vocabularySize, cancellation),
            ];
            var adaptive = parsed.GetValue(adapt)
                ? ModelEvaluator.MeasureAdaptive(trained, measured, cancellation)
                : null;
            if (parsed.GetValue(json))
            {
                report.WriteJson(all, adaptive);
                return ExitCode.Success;
            }
            report.WriteTable(all, adaptive);
            if (before.Length == 0)
            {
                report.WriteWithoutNGrams();
            }
            return ExitCode.Success;
        });
        return verb;
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

    /// <summary>A text in a model's tokens, and what of it the model was trained on.</summary>
    internal sealed class ModelsText
    {
        private readonly TextSource _source;
        private readonly TrainedModel _model;
        private readonly CorpusOptions _options;
        private readonly CancellationToken _cancellation;
        private readonly Stream _stream;
        private readonly long _tokens;

        /// <summary>Reads a text to find what of it the model was trained on.</summary>
        /// <param name="source">The text.</param>
        /// <param name="stream">All of it; it is left open.</param>
        /// <param name="model">The model.</param>
        /// <param name="options">The way in which the model reads it.</param>
        /// <param name="cancellationToken">Stops the reading.</param>
        /// <exception cref="FailureException">The model reads no token in it.</exception>
        public ModelsText(
            TextSource source,
            Stream stream,
            TrainedModel model,
            CorpusOptions options,
            CancellationToken cancellationToken
        )
        {
            (_source, _model, _options, _cancellation) = (source, model, options, cancellationToken);
            (_stream, stream.Position) = (stream, 0);
            (_tokens, var hash, var sourceHash) = MeasuredText.Count(
                _stream,
                source.Origin,
                model.Codec,
                options.Encoding,
                cancellationToken
            );
            if (_tokens == 0)
            {
                throw new FailureException(
                    $"{source.Origin} has no token for the model to read; give a text with at least one letter."
                );
            }
            Split =
                TrainingSplit.Of(model.Training, hash, _tokens)
                ?? TrainingSplit.Of(model.Training, sourceHash, _tokens);
        }

        /// <summary>The split of the text in the model's training; null where it was trained on another text.</summary>
        public TrainingSplit? Split { get; }

        /// <summary>The share of the text up to the end of what the model was trained on; 0 for another text.</summary>
        public double TrainedShare => (double)(Split?.Trained ?? 0) / _tokens;

        /// <summary>What is to be measured, and what n-grams learn from, which is not too much for them.</summary>
        /// <param name="share">The share at the end; null for what was held out, or what there is.</param>
        public (MeasuredText Before, MeasuredText Measured, MeasuredPart Part) Choose(double? share)
        {
            if (share is null && Split is { Lines: not null })
            {
                var (trained, heldOut) = Split.PartLines(Read(0, Split.Trained));
                return (EndOf(trained), heldOut, MeasuredPart.HeldOut);
            }
            var (start, length, part) = EvaluateCommand.Choose(
                _tokens,
                Split?.Trained ?? 0,
                Split?.HeldOut ?? 0,
                share
            );
            var learned = (int)Math.Min(start, Baselines.MaxTraining);
            var text = Read(start - learned, learned + length);
            return (text.Slice(0, learned), text.Slice(learned, length), part);
        }

        /// <summary>What the model was trained on of the text, or all of it, as far as n-grams need it.</summary>
        public MeasuredText Trained()
        {
            if (Split is { Lines: not null })
            {
                return EndOf(Split.PartLines(Read(0, Split.Trained)).Trained);
            }
            var end = Split?.Trained ?? _tokens;
            var length = Math.Min(end, Baselines.MaxTraining);
            return Read(end - length, length);
        }

        private static MeasuredText EndOf(MeasuredText text)
        {
            var length = Math.Min(text.Length, Baselines.MaxTraining);
            return text.Slice(text.Length - length, length);
        }

        private MeasuredText Read(long start, long length)
        {
            _stream.Position = 0;
            return MeasuredText.FromStream(
                _stream,
                _source.Origin,
                _model.Codec,
                start,
                (int)length,
                _options.Encoding,
                _cancellation
            );
        }
    }
}
