using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Ranges;
using Recurrent.Text;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>vocabulary</c>: the tokens and n-grams of a text.</summary>
internal static class VocabularyCommand
{
    private const int MaxTop = 1_000_000;

    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "vocabulary",
            "Count the tokens of a text and their pairs and triples, and show their frequency by rank.",
            ("recurrent vocabulary story", "the characters of the built-in story"),
            ("recurrent vocabulary my.txt --tokens words --top 20", "the words of your own text"),
            ("cat my.txt | recurrent vocabulary - --normalize none", "from a pipe, in any script")
        );
        var text = new TextArguments(verb, byDefault: null, TextSettings.OfWholeText);
        var top = NumberOption.Of("--top", "Number of entries in each list.", Within.From(1, MaxTop), 10);
        var json = JsonOption.Create();
        verb.Options.Add(top);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var options = text.Corpus(parsed, new CorpusOptions());
            text.Check(parsed, new SettingChoices(options.Normalization));
            var source = TextSource.Find(text.Text(parsed), options, context);
            var cancellation = context.Interruption.Token;
            using var stream = source.OpenRead(cancellation);
            using var corpus = Corpus.FromStream(stream, source.Origin, options, cancellation);
            if (parsed.GetValue(json))
            {
                VocabularyJson.Write(context.Out, source.Name, corpus, parsed.GetValue(top));
                return ExitCode.Success;
            }
            foreach (var line in VocabularyText.Of(source.Name, corpus, parsed.GetValue(top)))
            {
                context.Interruption.Token.ThrowIfCancellationRequested();
                context.Out.WriteLine(line);
            }
            return ExitCode.Success;
        });
        return verb;
    }
}
