using Recurrent.Models;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>What is said of a training at its beginning and at its end, in a terminal as in plain lines.</summary>
internal static class TrainingText
{
    /// <summary>The model and the text in one line.</summary>
    public static string Heading(TrainingSession session)
    {
        var (corpus, model) = (session.Corpus, session.Plan.Model);
        var heldOut = session.HeldOutTokens;
        var validation = heldOut > 0 ? $" ({heldOut:#,0} for validation)" : "";
        return SafeText.OneLine(
            $"{session.TextName}: {corpus.Sequence.Length:#,0} {corpus.Codec.Tokenizer.Name}{validation}, "
                + $"{corpus.Vocabulary.Count:#,0} vocabulary entries; "
                + $"{model.Kind}: {Parts(model)}, {Weights(session.Model):#,0} weights"
        );
    }

    /// <summary>An epoch and, where it is known, of how many, all as wide.</summary>
    public static string Epoch(TrainingPlan plan, int epoch)
    {
        var epochs = plan.Trainer.Epochs;
        return plan.Trainer.Budget is null
            ? $"epoch {epoch.ToString().PadLeft(epochs.ToString().Length)}/{epochs}"
            : $"epoch {epoch, 3}";
    }

    /// <summary>The number of weights of a model.</summary>
    public static long Weights(ILanguageModel model) => model.Parameters.Sum(parameter => (long)parameter.Value.Count);

    /// <summary>How much of the epoch under way is done, 0 to 1.</summary>
    public static double EpochDone(TrainingSession session) =>
        Math.Min(
            1,
            (double)(session.Trainer.Unfinished?.Tokens ?? 0)
                / (session.Corpus.Sequence.Length - session.HeldOutTokens)
        );

    /// <summary>What a training came to.</summary>
    public static IEnumerable<string> Ending(
        TrainingSession session,
        string modelPath,
        string? reportPath,
        IReadOnlyList<TrainingSample> continuations
    )
    {
        var (run, settings) = (session.Trainer, session.Plan.Trainer);
        var wanted = settings.Epochs;
        if (run.IsOutOfTime)
        {
            yield return $"stopped in epoch {run.Last!.Epoch}, for its time of "
                + $"{Figures.Duration(settings.Budget!.Value)} is over";
        }
        else if ((run.Last?.Epoch ?? 0) < wanted)
        {
            yield return run.IsOutOfPatience
                ? $"stopped after epoch {run.Last!.Epoch} of {wanted}, for the validation loss fell no more"
                : $"stopped in epoch {(run.Last?.Epoch ?? 0) + 1} of {wanted}{(session.HasCheckpoint ? "; --resume goes on" : "")}";
        }
        if (run.Last is { } last)
        {
            yield return $"perplexity {Figures.Perplexity(last.Perplexity)} after {Epochs(last.Epoch)} "
                + $"in {Figures.Duration(session.EpochTime)}";
            yield return $"tokens/s {Figures.Speed(session.TokensPerSecond)}, "
                + $"last epoch {Figures.Speed(last.TokensPerSecond)}";
        }
        if (run.Best is { } best)
        {
            yield return $"validation perplexity {Figures.Perplexity(best.ValidationPerplexity!.Value)} "
                + $"after epoch {best.Epoch}, the best, which is saved";
        }
        if (run.Recoveries is [.., var recovery])
        {
            yield return $"went back {Times(run.Recoveries.Count)}, for a number was not finite; the learning rate came down from "
                + $"{settings.LearningRate} to {recovery.LearningRate}";
        }
        foreach (var continuation in continuations)
        {
            yield return $"  {SafeText.OneLine(continuation.Prompt + continuation.Text).TrimEnd()}";
        }
        if (reportPath is not null)
        {
            yield return $"report saved: {SafeText.OneLine(reportPath)}";
        }
        yield return $"model saved: {SafeText.OneLine(modelPath)}";
    }

    /// <summary>That and why a training went back.</summary>
    public static string Recovery(TrainingRecovery recovery)
    {
        var place = recovery.BackTo == 0 ? "the epoch's beginning" : $"minibatch {recovery.BackTo:#,0}";
        return $"Epoch {recovery.Epoch}, minibatch {recovery.Minibatch:#,0}: {recovery.Problem}; the training goes on from {place} "
            + $"with half the learning rate, {recovery.LearningRate}.";
    }

    /// <summary>Why there is no checkpoint.</summary>
    public static string CheckpointFailure(IOException error) =>
        $"{error.Message.TrimEnd('.')}; the training goes on without a checkpoint.";

    /// <summary>The layers of a model.</summary>
    public static string Parts(ModelConfiguration model)
    {
        var layers = model.Layers > 1 ? $"{model.Layers} layers of " : "";
        var directions = model.Bidirectional ? " in both directions" : "";
        var tied = model.TiedWeights ? " tied to the output" : "";
        var embedding = model.EmbeddingSize > 0 ? $", embedding {model.EmbeddingSize:#,0}{tied}" : "";
        var dropout = model.Dropout > 0 ? $", dropout {model.Dropout}" : "";
        return $"{layers}{model.HiddenSize:#,0} hidden units{directions}{embedding}{dropout}";
    }

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";

    private static string Epochs(int count) => count == 1 ? "1 epoch" : $"{count:#,0} epochs";
}
