using Recurrent.Formats;

namespace Recurrent.Training;

/// <summary>The tokens of its text that a model was trained on, and those that were held out.</summary>
/// <param name="Trained">Tokens trained on, from the beginning of the text.</param>
/// <param name="HeldOut">Tokens right after those that the model was measured on; 0 without validation.</param>
internal sealed record TrainingSplit(long Trained, long HeldOut)
{
    /// <summary>The split of a text that the settings in a model file describe.</summary>
    /// <param name="training">How the model came to be.</param>
    /// <param name="hash">The text's hash.</param>
    /// <param name="tokens">The tokens of the whole text.</param>
    /// <returns>Null for a text that the model was not trained on.</returns>
    public static TrainingSplit? Of(TrainingSummary training, string hash, long tokens)
    {
        if (training.CorpusHash != hash)
        {
            return null;
        }
        var max = TextSettings.MaxTokens.In(training.Settings);
        var read = max > 0 ? Math.Min(max, tokens) : tokens;
        if (TrainingSettings.ValidationLines.In(training.Settings))
        {
            return new(read, 0); // the lines that were held out are anywhere in it
        }
        var heldOut = TrainerOptions.HeldOut(read, TrainingSettings.Validation.In(training.Settings));
        return new(read - heldOut, heldOut);
    }
}
