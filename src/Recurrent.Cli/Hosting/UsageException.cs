namespace Recurrent.Cli.Hosting;

/// <summary>The error for a command line that is wrong: exit code 2.</summary>
/// <param name="message">One sentence: what is wrong, and the way out.</param>
internal sealed class UsageException(string message) : Exception(message);
