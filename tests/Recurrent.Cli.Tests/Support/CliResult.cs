namespace Recurrent.Cli.Tests.Support;

/// <summary>What a run of the command line came to.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    /// <summary>The lines of the standard output.</summary>
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Asserts that it failed with one sentence and printed nothing else.</summary>
    public void AssertFailed(int exitCode, string sentence)
    {
        Assert.Equal((exitCode, sentence + "\n"), (ExitCode, Error));
        Assert.Equal("", Out);
    }
}
