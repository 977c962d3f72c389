namespace Recurrent.Cli;

/// <summary>The command line is wrong: exit code 2.</summary>
/// <param name="message">One sentence: what is wrong, and the way out.</param>
internal sealed class UsageException(string message) : Exception(message);
