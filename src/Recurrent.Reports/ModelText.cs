using Recurrent.Models;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Reports;

/// <summary>A model in words.</summary>
internal static class ModelText
{
    /// <summary>Returns the text of a run and its model in one line.</summary>
    public static string Heading(TrainingSession session) =>
        Heading(
            session.TextName,
            session.Corpus,
            session.Plan,
            Weights(session.Model),
            session.HeldOutTokens,
            isMore: session.TrainedTokens == session.Corpus.Sequence.Length
        );

    /// <summary>Returns a text and a model that is to be trained on it in one line.</summary>
    public static string Heading(
        string? textName,
        Corpus corpus,
        TrainingPlan plan,
        long weights,
        long heldOut,
        bool isMore
    )
    {
        var (tokens, model) = (corpus.Sequence.Length, plan.Model);
        var validation = heldOut > 0 ? $" ({heldOut:#,0}{(isMore ? " more" : "")} for validation)" : "";
        return $"{textName}: {tokens:#,0} {corpus.Codec.Tokenizer.Name}{validation}, "
            + $"{corpus.Vocabulary.Count:#,0} vocabulary entries; "
            + $"{model.Kind}: {Parts(model)}, {weights:#,0} weights";
    }

    /// <summary>Returns the layers of a model.</summary>
    public static string Parts(ModelConfiguration model)
    {
        var layers = model.Layers > 1 ? $"{model.Layers} layers of " : "";
        var directions = model.Bidirectional ? " in both directions" : "";
        var tied = model.TiedWeights ? " tied to the output" : "";
        var embedding = model.EmbeddingSize > 0 ? $", embedding {model.EmbeddingSize:#,0}{tied}" : "";
        var dropout = model.Dropout > 0 ? $", dropout {model.Dropout}" : "";
        return $"{layers}{model.HiddenSize:#,0} hidden units{directions}{embedding}{dropout}";
    }

    /// <summary>Returns the number of weights of a model.</summary>
    public static long Weights(ILanguageModel model) => model.Parameters.Sum(parameter => (long)parameter.Value.Count);
}
