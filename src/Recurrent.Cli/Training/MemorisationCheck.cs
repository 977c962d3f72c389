using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Reports;

namespace Recurrent.Cli.Training;

/// <summary>How much of its training text a model says by heart.</summary>
internal static class MemorisationCheck
{
    private const int Tokens = 1000;
    private const int MostSearched = 20_000_000; // tokens, some seconds' work

    /// <summary>
    /// Lets the model write by chance, with its own probabilities, and finds the longest run of that which stands in the
    /// training text; beside it the same of a text that it has not seen, where there is one.
    /// </summary>
    public static MemorisedRun Of(TrainingRun run)
    {
        var codec = run.Corpus.Codec;
        var unit = codec.Tokenizer.Name;
        var sampling = new SamplingOptions { Temperature = 1, Seed = unchecked((long)run.Settings.Trainer.Seed) };
        var written = new TextGenerator(run.Model, codec, sampling).Generate(run.Prefixes[0], Tokens);
        var text = codec.EncodePrompt(written).Tokens.ToArray();
        var all = run.Corpus.Sequence;
        var trained = all.Length - run.ValidationTokens;
        var training = all.Slice(0, Math.Min(trained, MostSearched));
        var place = trained > MostSearched ? $"the first {MostSearched:#,0} {unit} of the text" : "the text";
        var longest = LongestRun.Of(text, training);
        var summary =
            $"Of {text.Length:#,0} {unit} that the model wrote by chance, with its own probabilities, the longest run that "
            + $"stands in {place} it was trained on has {longest.Length:#,0}.";
        if (run.ValidationTokens > 0)
        {
            var unseen = all.Slice(trained, Math.Min(run.ValidationTokens, Tokens)).ToArray();
            summary +=
                $" In {unseen.Length:#,0} {unit} of the validation text, which it was not trained on, that run has "
                + $"{LongestRun.Of(unseen, training).Length:#,0}.";
        }
        // Decoded from the beginning, so that the blanks between words come at the seams too.
        var before = codec.Decode(text.AsSpan(0, longest.Start));
        var through = codec.Decode(text.AsSpan(0, longest.Start + longest.Length));
        return new(summary, before, Behind(before, through), Behind(through, codec.Decode(text)));
    }

    private static string Behind(string beginning, string text) =>
        text[Math.Min(beginning.Length, text.Length)..];
}
