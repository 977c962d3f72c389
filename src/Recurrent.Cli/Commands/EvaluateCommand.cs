using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>evaluate</c>: how well a model predicts a text, compared with simpler predictors.</summary>
internal static class EvaluateCommand
{
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
                + $"{ModelsText.MaxTokensByDefault:#,0} tokens; all of any other text"
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
}
