using Recurrent.Models;
using Recurrent.Training;

namespace Recurrent.Reports;

/// <summary>A model in words.</summary>
internal static class ModelText
{
    /// <summary>Returns the text of a run and its model in one line.</summary>
    public static string Heading(TrainingSession session)
    {
        var (corpus, model) = (session.Corpus, session.Plan.Model);
        var heldOut = session.HeldOutTokens;
        var more = session.TrainedTokens == corpus.Sequence.Length ? " more" : ""; // of a text of its own
        var validation = heldOut > 0 ? $" ({heldOut:#,0}{more} for validation)" : "";
        return $"{session.TextName}: {corpus.Sequence.Length:#,0} {corpus.Codec.Tokenizer.Name}{validation}, "
            + $"{corpus.Vocabulary.Count:#,0} vocabulary entries; "
            + $"{model.Kind}: {Parts(model)}, {Weights(session.Model):#,0} weights";
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
