namespace Recurrent.Cli.Hosting;

/// <summary>The exit codes of the process; after a signal it is 128 plus the signal's number instead.</summary>
internal static class ExitCode
{
    /// <summary>Everything was done.</summary>
    public const int Success = 0;

    /// <summary>The command line is right, but it could not be done.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Everything was done, and <c>score --alert</c> has found an odd line.</summary>
    public const int Odd = 3;
}
