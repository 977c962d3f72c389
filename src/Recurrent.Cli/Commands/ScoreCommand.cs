using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;
using Recurrent.Text;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>score</c>: lines in, the same lines out, each with its bits per character.</summary>
internal static class ScoreCommand
{
    private const int MaxLines = 64; // read side by side

    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "score",
            "Read lines from standard input and print each with its bits per character: odd lines stand out.",
            ("cat names.txt | recurrent score names.safetensors | sort -rn | head", "the oddest names"),
            ("tail -f app.log | recurrent score log.safetensors --json", "each line as it arrives")
        );
        var model = new ModelFileArgument(verb);
        var json = new Option<bool>("--json") { Description = "Print one JSON object for each line and nothing else." };
        var text = new SettingOptions<CorpusOptions>([TextSettings.Encoding]);
        text.AddTo(verb, SettingGroup.Text);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var open =
                context.OpenInput
                ?? throw new UsageException(
                    "Standard input is a terminal; pipe lines in, as in cat my.txt | recurrent score MODEL."
                );
            var scorer = new LineScorer(model.LoadForward(parsed, "cannot be measured"));
            var cancellation = context.Interruption.Token;
            using var lines = new LineBatches(open(), MaxLines, text.Apply(parsed, new CorpusOptions()).Encoding);
            while (lines.Next(cancellation) is { Count: > 0 } batch)
            {
                foreach (var score in scorer.Score(batch, cancellation))
                {
                    Write(score, parsed.GetValue(json), context);
                }
            }
            return ExitCode.Success;
        });
        return verb;
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
