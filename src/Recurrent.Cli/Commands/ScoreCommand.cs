using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Ranges;
using Recurrent.Text;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>score</c>: lines in, the same lines out, each with its bits per character.</summary>
internal static class ScoreCommand
{
    private const string StandardInput = "-";
    private const int MaxLines = 64; // read side by side

    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "score",
            "Print each line of a text with its bits per character: odd lines stand out.",
            ("recurrent score names.safetensors new.txt | sort -rn", "the oddest names"),
            ("tail -f app.log | recurrent score log.safetensors --json", "each line as it arrives"),
            ("recurrent score log.safetensors app.log --alert 0.01", "the odd lines")
        );
        var model = new ModelFileArgument(verb);
        var files = new Argument<string[]>("FILE")
        {
            HelpName = "FILE",
            Description = "The texts, read line by line; - for standard input, which is the default.",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => [StandardInput],
        };
        UsageError.RequireNames(files, verb, "text");
        verb.Arguments.Add(files);
        var alert = NumberOption.Optional(
            "--alert",
            "Print only lines that are odder than all but this share of the lines that the training run held out. The "
                + $"exit code is {ExitCode.Odd} if there is one, and {ExitCode.Success} if there is none.",
            Within.Above(0, 0.5),
            "print every line"
        );
        var json = new Option<bool>("--json") { Description = "Print one JSON object for each line and nothing else." };
        var text = new SettingOptions<CorpusOptions>([TextSettings.Encoding]);
        text.AddTo(verb, SettingGroup.Text);
        verb.Options.Add(alert);
        verb.Options.Add(model.NoCounts);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            if (alert.IsGiven(parsed) && model.NoCounts.IsGiven(parsed))
            {
                throw new UsageException(
                    "--alert goes by what the whole model expects of a line; leave out --no-counts."
                );
            }
            var options = text.Apply(parsed, new CorpusOptions());
            var names = parsed.GetRequiredValue(files);
            if (context.OpenInput is null && names.Contains(StandardInput))
            {
                throw new UsageException(
                    "Standard input is a terminal; pipe lines in, as in cat my.txt | recurrent score MODEL."
                );
            }
            var sources = names.Select(name => TextSource.Find(new TextNames([name]), options, context)).ToList();
            var trained = model.LoadForward(parsed, "cannot be measured");
            var threshold = parsed.GetValue(alert) is { } rate
                ? ThresholdOf(rate, trained.Training, model.Path(parsed))
                : double.NegativeInfinity;
            var scorer = new LineScorer(trained);
            var cancellation = context.Interruption.Token;
            var isOdd = false;
            foreach (var source in sources)
            {
                using var lines = new LineBatches(
                    source.OpenRead(cancellation),
                    source.Origin,
                    MaxLines,
                    options.Encoding
                );
                while (lines.Next(cancellation) is { Count: > 0 } batch)
                {
                    foreach (var score in scorer.Score(batch, cancellation))
                    {
                        if (score.BitsPerCharacter > threshold)
                        {
                            isOdd = true;
                            Write(score, parsed.GetValue(json), context);
                        }
                    }
                }
            }
            return isOdd && parsed.GetValue(alert) is not null ? ExitCode.Odd : ExitCode.Success;
        });
        return verb;
    }

    private static double ThresholdOf(double rate, TrainingSummary training, string path)
    {
        var lines =
            training.HeldOutLines
            ?? throw new FailureException(
                $"{path} does not tell how odd usual lines are, because its training run held out fewer than "
                    + $"{HeldOutLines.Fewest} lines or was of an older version; train it again, on a longer text."
            );
        try
        {
            return lines.ThresholdOf(rate);
        }
        catch (ArgumentOutOfRangeException tooSmall)
        {
            throw new UsageException(
                tooSmall.WithoutParameter().Replace("The rate", "--alert", StringComparison.Ordinal)
            );
        }
    }

    private static void Write(LineScore score, bool json, CliContext context)
    {
        if (json)
        {
            JsonLine.Write(context.Out, score);
            return;
        }
        // A terminal obeys some characters; a file takes the line as it is.
        var line = context.OutIsTerminal ? PrintableText.OneLine(score.Line) : score.Line;
        context.Out.WriteLine($"{score.BitsPerCharacter:0.0000}\t{line}");
    }
}
