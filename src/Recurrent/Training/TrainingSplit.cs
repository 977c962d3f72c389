using Recurrent.Evaluation;
using Recurrent.Formats;

namespace Recurrent.Training;

/// <summary>The tokens of its text that a model was trained on, and those that were held out.</summary>
/// <param name="Trained">Tokens trained on, from the beginning of the text.</param>
/// <param name="HeldOut">Tokens right after those that the model was measured on; 0 without validation.</param>
internal sealed record TrainingSplit(long Trained, long HeldOut)
{
    /// <summary>
    /// The lines that were held out, which are anywhere in the tokens trained on: the share of them, and the seed that
    /// they were drawn by; null where the end was.
    /// </summary>
    public (double Share, long Seed)? Lines { get; private init; }

    /// <summary>Parts a text where <see cref="Lines"/> were held out.</summary>
    /// <param name="text">The tokens trained on, all of them.</param>
    public (MeasuredText Trained, MeasuredText HeldOut) PartLines(MeasuredText text)
    {
        var (share, seed) = Lines!.Value;
        return text.Part((tokens, lineEnd) => DrawnLines.Part(tokens.Span, lineEnd, share, seed));
    }

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
        var share = TrainingSettings.Validation.In(training.Settings);
        if (TrainingSettings.ValidationLines.In(training.Settings))
        {
            return new(read, 0) { Lines = (share, TrainingSettings.Seed.In(training.Settings)) };
        }
        var heldOut = TrainerOptions.HeldOut(read, share);
        return new(read - heldOut, heldOut);
    }
}
