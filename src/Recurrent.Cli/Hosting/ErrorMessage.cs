using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Hosting;

/// <summary>
/// The message for any exception: one sentence, with the way out in the words of the command line.
/// </summary>
internal static class ErrorMessage
{
    /// <summary>Returns the sentence and the exit code for an exception.</summary>
    public static (string Sentence, int ExitCode) Of(Exception exception) =>
        exception switch
        {
            UsageException => (exception.Message, ExitCode.Usage),
            FailureException or TrainingDivergedException => (exception.Message, ExitCode.Failure),
            RanksException => (
                exception.Message.Replace("choose Shards", "choose --shards", StringComparison.Ordinal),
                ExitCode.Failure
            ),
            TextFormatException text => (OfText(text), ExitCode.Failure),
            IOException or UnauthorizedAccessException => (exception.Message, ExitCode.Failure),
            InsufficientMemoryException => (exception.Message, ExitCode.Failure), // of a card
            OutOfMemoryException => (
                "There is not enough memory; choose a smaller --hidden, --batch or --steps, or a shorter text.",
                ExitCode.Failure
            ),
            _ => (
                $"Unexpected {exception.GetType().Name}: {exception.Message} "
                    + "This is a bug in recurrent; please report it together with the command line.",
                ExitCode.Failure
            ),
        };

    private static string OfText(TextFormatException text)
    {
        const string AnyBytes = "read its raw bytes with --tokens bytes --line-ends keep";
        var wayOut = text.Problem switch
        {
            TextProblem.Empty => "give a text with at least one character",
            _ when text.Kind is { } kind => kind.WayOut,
            TextProblem.Binary => $"convert it to text, or {AnyBytes}",
            _ => $"name its encoding, such as --encoding windows-1252, or {AnyBytes}",
        };
        return $"{text.Origin} {text.Cause}; {wayOut}.";
    }
}
