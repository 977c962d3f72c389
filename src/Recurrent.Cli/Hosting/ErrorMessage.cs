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
            TextFormatException text => (OfText(text), ExitCode.Failure),
            IOException or UnauthorizedAccessException => (exception.Message, ExitCode.Failure),
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
        const string WayOut = "convert it to UTF-8 text, or read its raw bytes with --tokens bytes --normalize none";
        return text.Problem switch
        {
            TextProblem.Empty => $"{text.Origin} is empty; give a text with at least one character.",
            TextProblem.Binary => $"{text.Origin} is not text: it has a zero byte at offset {text.Offset}; {WayOut}.",
            _ => $"{text.Origin} is not UTF-8 text: the byte at offset {text.Offset} is invalid; {WayOut}.",
        };
    }
}
