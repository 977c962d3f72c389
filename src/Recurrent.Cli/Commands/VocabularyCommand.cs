using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Cli.Output;
using Recurrent.Text;

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
        var text = new TextArguments(verb, byDefault: null);
        var top = NumberOption.Whole("--top", "Number of entries in each list.", 1, MaxTop, 10);
        var json = JsonOption.Create();
        verb.Options.Add(top);
        verb.Options.Add(json);
        verb.SetAction(parsed =>
        {
            var source = TextSource.Find(text.Text(parsed), context);
            var cancellation = context.Interruption.Token;
            using var stream = source.OpenRead(cancellation);
            using var corpus = Corpus.FromStream(stream, source.Origin, text.Corpus(parsed), cancellation);
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
