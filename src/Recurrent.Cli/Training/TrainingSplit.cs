using System.Globalization;
using Recurrent.Formats;

namespace Recurrent.Cli.Training;

/// <summary>Which tokens of its text a model was trained on, and which its training held out.</summary>
/// <param name="Trained">Tokens trained on, from the beginning of the text.</param>
/// <param name="HeldOut">Tokens right after those that the model was measured on; 0 without validation.</param>
internal sealed record TrainingSplit(long Trained, int HeldOut)
{
    /// <summary>What the settings in a model file (see <see cref="SettingNames"/>) say of a text.</summary>
    /// <param name="training">How the model came to be.</param>
    /// <param name="hash">The text's hash.</param>
    /// <param name="tokens">The tokens of the whole text.</param>
    /// <returns>Null for another text than that of the training.</returns>
    public static TrainingSplit? Of(TrainingSummary training, string hash, long tokens)
    {
        if (training.CorpusHash != hash)
        {
            return null;
        }
        var read = Number(training, "max-tokens") is > 0 and var most ? (long)Math.Min(most, tokens) : tokens;
        var heldOut = (int)(read * Number(training, "validation"));
        return new(read - heldOut, heldOut);
    }

    /// <summary>The value of a setting; 0 where it is left out or no number.</summary>
    private static double Number(TrainingSummary training, string name)
    {
        var value = training.Settings.FirstOrDefault(setting => setting.Key == name).Value;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
    }
}
