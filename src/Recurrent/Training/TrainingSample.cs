namespace Recurrent.Training;

/// <summary>A text that the model wrote at some time of its training.</summary>
/// <param name="Epoch">The epoch after which it did, from 1; 0 before the first.</param>
/// <param name="EpochsExpected">How many epochs there were to be, as it seemed then.</param>
/// <param name="Prompt">What it was given to continue.</param>
/// <param name="Text">The continuation alone.</param>
public sealed record TrainingSample(int Epoch, int EpochsExpected, string Prompt, string Text);

/// <summary>The epochs after which a sample is made.</summary>
internal static class SampleEpochs
{
    private const int Interval = 10;
    private const int MaxTens = 5;
    private const int Few = 2 * Interval;

    /// <summary>The first epoch, every tenth, and the last; of a few all.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="epochs">How many there are to be.</param>
    public static bool Contains(int epoch, int epochs) => IsChosen(epoch, epochs, Interval);

    /// <summary>Those of them for lines that stay: fewer for a long run, up to every fiftieth.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="epochs">How many there are to be.</param>
    public static bool ContainsPlain(int epoch, int epochs) =>
        IsChosen(epoch, epochs, Interval * Math.Clamp(epochs / 100, 1, MaxTens));

    private static bool IsChosen(int epoch, int epochs, int interval) =>
        epochs <= Few || epoch == 1 || epoch == epochs || epoch % interval == 0;
}
