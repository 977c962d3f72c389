using System.Text.Json;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Ranges;
using Recurrent.Reports;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>
/// The verb <c>compare</c>: which of two models predicts a text better, and whether the text can tell.
/// </summary>
internal static class CompareCommand
{
    private const string CannotBeMeasured = "cannot be measured";

    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "compare",
            "Compare how well two models predict a text: the difference in bits per character, and whether the text is "
                + "long enough to tell which is better.",
            ("recurrent compare new.safetensors old.safetensors my.txt", "what their training runs held out"),
            ("recurrent compare new.safetensors old.safetensors unseen.txt", "another text, whole")
        );
        var first = new ModelFileArgument(verb, "MODEL");
        var second = new ModelFileArgument(verb, "OTHER", "The model file to compare it with.");
        var names = new TextArguments(verb, byDefault: null, [TextSettings.Encoding]);
        var validation = NumberOption.Optional(
            "--validation",
            "Share of the text, at its end, to measure.",
            MeasuredText.Shares,
            "what the training run held out of its own text; all of any other text"
        );
        var json = JsonOption.Create();
        verb.Options.Add(validation);
        verb.Options.Add(first.NoCounts);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var models = (
                First: first.LoadForward(parsed, CannotBeMeasured),
                Second: ModelFileArgument.LoadForward(
                    second.Path(parsed),
                    CannotBeMeasured,
                    parsed.GetValue(first.NoCounts)
                )
            );
            var encoding = names.Corpus(parsed, new CorpusOptions()).Encoding;
            var options = MeasuredText.OptionsOf(models.First.Codec, encoding);
            var source = TextSource.Find(names.Text(parsed, models.First), options, context);
            var cancellation = context.Interruption.Token;
            using var stream = source.OpenRereadable(cancellation);
            var (one, other) = (TextOf(models.First), TextOf(models.Second));

            // What neither was trained on, as far as is known: the part of the one that has read on further.
            var isFirst = one.TrainedShare >= other.TrainedShare;
            var (_, measured, part) = (isFirst ? one : other).Choose(parsed.GetValue(validation));
            var again = InOther(measured, (isFirst ? models.Second : models.First).Codec);
            var texts = isFirst ? (First: measured, Second: again) : (First: again, Second: measured);
            var comparison = new Comparison(
                ModelEvaluator.Measure(models.First, texts.First, cancellation),
                ModelEvaluator.Measure(models.Second, texts.Second, cancellation)
            );
            var (path, otherPath) = (first.Path(parsed), second.Path(parsed));
            if (parsed.GetValue(json))
            {
                JsonLine.Write(
                    context.Out,
                    new ComparisonJson(
                        source.Name,
                        JsonNamingPolicy.CamelCase.ConvertName($"{part}"),
                        comparison.First.Characters,
                        comparison.First.Bytes,
                        Compared(path, comparison.First, texts.First),
                        Compared(otherPath, comparison.Second, texts.Second),
                        DifferenceJson.Of(comparison)
                    )
                );
                return ExitCode.Success;
            }
            var (chosen, left) = isFirst ? (path, otherPath) : (otherPath, path);
            var seen = part != MeasuredPart.TrainedOn && Differs(one.Split, other.Split) ? left : null;
            foreach (
                var line in Lines(comparison, (path, otherPath), Heading(source.Name, comparison, part, chosen, seen))
            )
            {
                context.Out.WriteLine(PrintableText.OneLine(line));
            }
            return ExitCode.Success;

            ModelsText TextOf(TrainedModel model) =>
                new(source, stream, model, MeasuredText.OptionsOf(model.Codec, encoding), cancellation);
        });
        return verb;
    }

    /// <summary>Whether lines were held out by two runs of one text, and not the same ones.</summary>
    private static bool Differs(TrainingSplit? one, TrainingSplit? other) =>
        one is not null && other is not null && (one.Lines ?? other.Lines) is not null && one != other;

    /// <exception cref="FailureException">The other model reads the text in another way.</exception>
    private static MeasuredText InOther(MeasuredText text, TextCodec codec)
    {
        try
        {
            return text.In(codec);
        }
        catch (ArgumentException error)
        {
            throw new FailureException(error.WithoutParameter(), error);
        }
    }

    private static string Heading(
        string textName,
        Comparison comparison,
        MeasuredPart part,
        string chosen,
        string? seen
    )
    {
        var characters = Sentences.Amount(comparison.First.Characters, "characters");
        return $"on {textName}, "
            + part switch
            {
                MeasuredPart.Whole => $"all {characters}",
                MeasuredPart.HeldOut => $"the {characters} that the training run held out",
                MeasuredPart.TrainedOn => $"the last {characters}, which {chosen} was trained on",
                _ => $"the last {characters}",
            }
            + (seen is null ? "" : $", some of which {seen} was trained on");
    }

    private static IEnumerable<string> Lines(Comparison comparison, (string First, string Second) paths, string heading)
    {
        var width = Math.Max(paths.First.Length, paths.Second.Length);
        yield return heading;
        yield return $"{"".PadRight(width)}  {"perplexity", 10}  {"bits/character", 14}  {"bits/byte", 9}";
        yield return Row(paths.First, comparison.First);
        yield return Row(paths.Second, comparison.Second);
        yield return ComparisonText.Sentence(comparison, paths.First, paths.Second);

        string Row(string path, Measurement one) =>
            $"{path.PadRight(width)}  {Figures.Perplexity(one.Perplexity), 10}  {one.BitsPerCharacter, 14:0.0000}  "
            + $"{one.BitsPerByte, 9:0.0000}";
    }

    private static ComparedJson Compared(string path, Measurement one, MeasuredText text) =>
        new(path, one.Tokens, text.Unknown, JsonLine.Finite(one.Perplexity), one.BitsPerCharacter, one.BitsPerByte);
}
