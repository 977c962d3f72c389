namespace Recurrent.Cli.Output;

/// <summary>The epochs after which a sample is shown.</summary>
internal static class SampleEpochs
{
    private const int Interval = 10;
    private const int MostTens = 5;
    private const int Few = 2 * Interval;

    /// <summary>In a terminal: the first epoch, every tenth, and the last; of a few all.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="epochs">How many there are to be.</param>
    public static bool Contains(int epoch, int epochs) => IsShown(epoch, epochs, Interval);

    /// <summary>In plain lines, which stay: for a long training fewer, up to every fiftieth.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="epochs">How many there are to be.</param>
    public static bool ContainsPlain(int epoch, int epochs) =>
        IsShown(epoch, epochs, Interval * Math.Clamp(epochs / 100, 1, MostTens));

    private static bool IsShown(int epoch, int epochs, int interval) =>
        epochs <= Few || epoch == 1 || epoch == epochs || epoch % interval == 0;
}
