using Recurrent.Models;
using Recurrent.Ranges;
using Recurrent.Training;

namespace Recurrent.Reports;

/// <summary>A model in words.</summary>
internal static class ModelText
{
    /// <summary>Returns the text of a run and its model in one line.</summary>
    public static string Heading(TrainingSession session)
    {
        var corpus = session.Corpus;
        var tokens = corpus.Sequence.Length;
        var more = session.TrainedTokens == tokens ? " more" : ""; // of a text of its own
        return Heading(
            session.TextName,
            (tokens, session.HeldOutTokens, more),
            corpus.Codec.Tokenizer.Name,
            session.Plan,
            Weights(session.Model)
        );
    }

    /// <summary>Returns a text and a model that is to be trained on it in one line.</summary>
    public static string Heading(string? textName, long tokens, string unit, TrainingPlan plan, long weights) =>
        Heading(textName, (tokens, plan.Trainer.ValidationTokens(tokens), ""), unit, plan, weights);

    private static string Heading(
        string? textName,
        (long All, long HeldOut, string More) tokens,
        string unit,
        TrainingPlan plan,
        long weights
    )
    {
        var model = plan.Model;
        var validation = tokens.HeldOut > 0 ? $" ({tokens.HeldOut:#,0}{tokens.More} for validation)" : "";
        return $"{textName}: {tokens.All:#,0} {unit}{validation}, {model.VocabularySize:#,0} vocabulary entries; "
            + (plan.Networks > 1 && plan.FurtherKinds.Count == 0 ? $"{plan.Networks} networks, each " : "")
            + $"{Kinds(plan)}: {Parts(model)}, {weights:#,0} weights"
            + (plan.FurtherKinds.Count > 0 ? " of the first" : "");
    }

    /// <summary>Returns the kinds of the networks of a plan, or the one that all have.</summary>
    public static string Kinds(TrainingPlan plan) =>
        plan.FurtherKinds.Count == 0
            ? plan.Model.Kind
            : string.Join(" and ", Enumerable.Range(1, plan.Networks).Select(network => plan.ModelOf(network).Kind));

    /// <summary>Returns the layers of a model.</summary>
    public static string Parts(ModelConfiguration model)
    {
        var layers = model.Layers > 1 ? $"{model.Layers} layers of " : "";
        var directions = model.Bidirectional ? " in both directions" : "";
        var tied = model.TiedWeights ? " tied to the output" : "";
        var embedding = model.EmbeddingSize > 0 ? $", embedding {model.EmbeddingSize:#,0}{tied}" : "";
        var features = model.Features is { } context ? $", {context.Rows:#,0} rows of each context feature" : "";
        var dropout = model.Dropout > 0 ? $", dropout {model.Dropout}" : "";
        return $"{layers}{model.HiddenSize:#,0} hidden units{directions}{embedding}{features}{dropout}";
    }

    /// <summary>Returns when a run was at its best, in words that follow the measure.</summary>
    public static string MomentOfBest(Trainer run) =>
        run.AveragedInBest > 0 ? $"of the average of the last {Sentences.Amount(run.AveragedInBest, "epochs")}"
        : run.IsBestWhole ? $"after epoch {run.Best?.Epoch:#,0}"
        : $"in epoch {run.Best?.Epoch:#,0}";

    /// <summary>Returns the number of weights of a model.</summary>
    public static long Weights(ILanguageModel model) => model.Parameters.Sum(parameter => (long)parameter.Value.Count);
}
