using Recurrent.Cli.Hosting;
using Recurrent.Cli.Training;
using Recurrent.Models;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>What is said of a training at its beginning and at its end, in a terminal as in plain lines.</summary>
internal static class TrainingText
{
    /// <summary>The model and the text in one line.</summary>
    public static string Heading(TrainingRun run)
    {
        var corpus = run.Corpus;
        var validation = run.ValidationTokens > 0 ? $" ({run.ValidationTokens:#,0} for validation)" : "";
        return PrintableText.OneLine(
            $"{run.TextName}: {corpus.Sequence.Length:#,0} {corpus.Codec.Tokenizer.Name}{validation}, "
                + $"{corpus.Vocabulary.Count:#,0} vocabulary entries; "
                + $"{run.Settings.Model.Kind}: {Parts(run.Settings.Model)}, {run.Parameters:#,0} weights"
        );
    }

    /// <summary>An epoch and, where it is known, of how many, all as wide.</summary>
    public static string Epoch(TrainingRun run, int epoch)
    {
        var epochs = run.Settings.Trainer.Epochs;
        return run.Settings.Trainer.Budget is null
            ? $"epoch {epoch.ToString().PadLeft(epochs.ToString().Length)}/{epochs}"
            : $"epoch {epoch, 3}";
    }

    /// <summary>What a training came to.</summary>
    public static IEnumerable<string> Ending(
        TrainingRun run,
        string modelPath,
        string? reportPath,
        IReadOnlyList<Continuation> continuations
    )
    {
        var wanted = run.Settings.Trainer.Epochs;
        if (run.IsOutOfTime)
        {
            yield return $"stopped in epoch {run.Last!.Epoch}, for its time of "
                + $"{Figures.Duration(run.Settings.Trainer.Budget!.Value)} is over";
        }
        else if ((run.Last?.Epoch ?? 0) < wanted)
        {
            yield return run.IsOutOfPatience
                ? $"stopped after epoch {run.Last!.Epoch} of {wanted}, for the validation loss fell no more"
                : $"stopped in epoch {(run.Last?.Epoch ?? 0) + 1} of {wanted}{(run.IsResumable ? "; --resume goes on" : "")}";
        }
        if (run.Last is { } last)
        {
            yield return $"perplexity {Figures.Perplexity(last.Perplexity)} after {Epochs(last.Epoch)} "
                + $"in {Figures.Duration(run.Elapsed)}";
            yield return $"tokens/s {Figures.Speed(run.TokensPerSecond)}, "
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
                + $"{run.Settings.Trainer.LearningRate} to {recovery.LearningRate}";
        }
        foreach (var continuation in continuations)
        {
            yield return $"  {PrintableText.OneLine(continuation.Prefix + continuation.Text).TrimEnd()}";
        }
        if (reportPath is not null)
        {
            yield return $"report saved: {PrintableText.OneLine(reportPath)}";
        }
        yield return $"model saved: {PrintableText.OneLine(modelPath)}";
    }

    /// <summary>That and why a training went back.</summary>
    public static string Recovery(TrainingRecovery recovery)
    {
        var place = recovery.BackTo == 0 ? "the epoch's beginning" : $"minibatch {recovery.BackTo:#,0}";
        return $"Epoch {recovery.Epoch}, minibatch {recovery.Minibatch:#,0}: {recovery.Problem}; the training goes on from {place} "
            + $"with half the learning rate, {recovery.LearningRate}.";
    }

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
