namespace Recurrent.Cli.Output;

/// <summary>The epochs after which a sample is shown: the first, every tenth, and the last.</summary>
internal static class SampleEpochs
{
    private const int Interval = 10;

    /// <summary>Whether this is one of them.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="epochs">How many there are to be.</param>
    public static bool Contains(int epoch, int epochs) =>
        epoch == 1 || epoch == epochs || epoch % Interval == 0;
}
