using Recurrent.Formats;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>Measurement of how well a model predicts a text.</summary>
public static class ModelEvaluator
{
    /// <summary>
    /// Reads a text from its beginning to its end with the state carried all the way, and adds up the bits of each
    /// token under the probabilities that the model gave before it. Before the first token, the model has read nothing.
    /// </summary>
    /// <param name="model">A model that reads left to right.</param>
    /// <param name="text">The text, encoded by the model's codec.</param>
    /// <param name="cancellationToken">Stops the measurement between two tokens.</param>
    /// <exception cref="ArgumentException">The text is empty, or the model reads from both ends.</exception>
    public static Measurement Measure(
        TrainedModel model,
        MeasuredText text,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        RequireReadsForward(model);
        var tokens = text.Tokens.Span;
        if (tokens.IsEmpty)
        {
            throw new ArgumentException("The text has no token to predict; give a longer one.", nameof(text));
        }
        var bits = new double[tokens.Length]; // (tokens)
        var state = model.Model.CreateDecoder().CreateState(capacity: 1);
        var before = model.Codec.Vocabulary[Vocabulary.BeginningToken];
        for (var i = 0; i < tokens.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bits[i] = Surprisal.OfToken(state.Step([0], [before]), tokens[i]);
            before = tokens[i];
        }
        return new("model", bits.Sum(), tokens.Length, text.Characters, text.Content.Length)
        {
            Margin = BlockInterval.HalfWidth(bits) * tokens.Length / text.Characters,
        };
    }

    /// <exception cref="ArgumentException">The model reads from both ends.</exception>
    internal static void RequireReadsForward(TrainedModel model)
    {
        if (model.Model.Configuration.Bidirectional)
        {
            throw new ArgumentException(
                "A bidirectional model has seen the tokens it is to predict, so its bits say nothing; "
                    + "use a model that reads left to right.",
                nameof(model)
            );
        }
    }
}
