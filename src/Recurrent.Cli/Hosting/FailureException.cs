namespace Recurrent.Cli.Hosting;

/// <summary>The error for a command line that is right but cannot be done: exit code 1.</summary>
/// <param name="message">One sentence: what is wrong, and the way out.</param>
/// <param name="innerException">The error it came from.</param>
internal sealed class FailureException(string message, Exception? innerException = null)
    : Exception(message, innerException);
