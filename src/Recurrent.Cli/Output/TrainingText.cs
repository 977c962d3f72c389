using Recurrent.Cli.Hosting;
using Recurrent.Ranges;
using Recurrent.Reports;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>The words for the beginning and the end of a training run, in a terminal as in plain lines.</summary>
internal static class TrainingText
{
    /// <summary>The text, the model and the device in one line.</summary>
    public static string Heading(TrainingSession session) =>
        PrintableText.OneLine($"{ModelText.Heading(session)}; on {session.Model.Device.Words}");

    /// <summary>An epoch and, where it is known, of how many, all as wide.</summary>
    public static string Epoch(TrainingPlan plan, int epoch)
    {
        var epochs = plan.Trainer.Epochs;
        return plan.Trainer.Budget is null
            ? $"epoch {epoch.ToString().PadLeft(epochs.ToString().Length)}/{epochs}"
            : $"epoch {epoch, 3}";
    }

    /// <summary>Which of several networks is trained.</summary>
    public static string Network(TrainingSession session) =>
        $"network {session.Network} of {session.Plan.Networks}"
        + (session.Plan.FurtherKinds.Count > 0 ? $", {session.Model.Configuration.Kind}" : "");

    /// <summary>The share of the current epoch that is done, 0 to 1.</summary>
    public static double EpochDone(TrainingSession session) =>
        Math.Min(1, (double)(session.Trainer.Unfinished?.Tokens ?? 0) / session.TrainedTokens);

    /// <summary>Why a run has ended: budget, patience, a signal, an error, or the end of its last epoch.</summary>
    public static string ReasonOf(Trainer run, TrainerOptions settings) =>
        run.IsOutOfTime ? "budget"
        : run.IsOutOfPatience ? "patience"
        : (run.Last?.Epoch ?? 0) < settings.Epochs ? "stopped"
        : "epochs";

    /// <summary>The result of a training run, in lines.</summary>
    /// <param name="session">The run.</param>
    /// <param name="modelPath">Where the model is saved.</param>
    /// <param name="reportPath">Where its report is; null without one.</param>
    /// <param name="continuations">How the model continues each prompt.</param>
    /// <param name="ranks">The ranks that trained together; null for one alone.</param>
    public static IEnumerable<string> Ending(
        TrainingSession session,
        string modelPath,
        string? reportPath,
        IReadOnlyList<TrainingSample> continuations,
        LaunchedRanks? ranks
    )
    {
        var (run, settings) = (session.Trainer, session.Plan.Trainer);
        var network = session.Mean is null ? "" : $"{Network(session)}, ";
        switch (ReasonOf(run, settings))
        {
            case "budget":
                var budget = Figures.Duration(settings.Budget!.Value);
                yield return $"stopped in {network}epoch {run.Last?.Epoch ?? 1}: the budget of {budget} is used up";
                break;
            case "patience":
                yield return $"stopped after {network}epoch {run.Last!.Epoch} of {settings.Epochs}: "
                    + "the validation loss stopped improving";
                break;
            case "stopped":
                var wayOn = session.HasCheckpoint ? "; --resume continues" : "";
                yield return $"stopped in {network}epoch {(run.Last?.Epoch ?? 0) + 1} of {settings.Epochs}{wayOn}";
                break;
        }
        if (run.Last is { } last)
        {
            var epochs = last.Epoch + session.Ended.Sum(network => network.Epochs.Count);
            var ofAll = session.Network > 1 ? $" of {session.Network} networks" : "";
            yield return $"perplexity {Figures.Perplexity(last.Perplexity)} after {Epochs(epochs)}{ofAll} "
                + $"in {Figures.Duration(session.EpochTime)}";
            yield return $"tokens/s {Figures.Speed(session.TokensPerSecond)}, "
                + $"last epoch {Figures.Speed(last.TokensPerSecond)}";
        }
        if (ranks is not null)
        {
            yield return Exchange(ranks, settings.LocalSteps);
        }
        if (session.Mean is { } mean)
        {
            yield return Mean(mean);
        }
        else if (run.Best is { } best)
        {
            yield return $"validation perplexity {Figures.Perplexity(best.ValidationPerplexity!.Value)} "
                + $"{ModelText.MomentOfBest(run)}, the best"
                + (session.IsWorseThanGuessing ? "" : "; saved");
        }
        else if (run.AveragedInBest > 0)
        {
            yield return $"the average of the last {Epochs(run.AveragedInBest)} is saved";
        }
        if (session.Counted is { } counted)
        {
            yield return Counts(counted, session.Corpus.Codec.Tokenizer.Name);
        }
        if (run.Recoveries is [.., var recovery])
        {
            yield return $"recovered {Times(run.Recoveries.Count)} from a value that was not finite; "
                + $"learning rate reduced from {settings.LearningRate} to {recovery.LearningRate}";
        }
        string[] texts = [.. continuations.Select(one => PrintableText.Lines(one.Prompt + one.Text).TrimEnd())];
        var hasLines = texts.Any(text => text.Contains('\n', StringComparison.Ordinal));
        foreach (var line in texts.Length == 0 ? [] : string.Join(hasLines ? "\n\n" : "\n", texts).Split('\n'))
        {
            yield return $"  {line}".TrimEnd();
        }
        if (reportPath is not null)
        {
            yield return $"report saved: {PrintableText.OneLine(reportPath)}";
        }
        yield return $"model saved: {PrintableText.OneLine(modelPath)}";
    }

    /// <summary>The time that ranks took to exchange and, where that is much, the way out.</summary>
    private static string Exchange(LaunchedRanks ranks, int? localSteps)
    {
        const double much = 0.3;
        const int first = 10; // local steps, and how many times as many after those
        var share = $"exchange {ranks.ExchangeShares[0]:0%} of the time";
        if (ranks.ExchangeShares[0] <= much)
        {
            return share;
        }
        var slowest = ranks.SlowestRank;
        var more = first * Math.Min(localSteps ?? 1, TrainerOptions.MaxLocalSteps / first);
        return $"{share}; {LocalStepsSettings.Steps.Option} {more} makes that less; the slowest is "
            + $"{ranks.NameOf(slowest)}, which waited least, {ranks.ExchangeShares[slowest]:0%}";
    }

    /// <summary>What several networks came to.</summary>
    private static string Mean(MeanReport mean)
    {
        var (networks, alone) = (mean.Alone.Count, mean.Alone.Select(one => Known(one)));
        var what = networks == 1 ? "network 1 alone is saved" : $"the mean of {networks} networks is saved";
        return mean.ValidationPerplexity is null
            ? what
            : $"{what}: validation perplexity {Known(mean.ValidationPerplexity)}"
                + (networks == 1 ? "" : $"; alone {string.Join(", ", alone)}");

        static string Known(double? perplexity) => perplexity is { } known ? Figures.Perplexity(known) : "unknown";
    }

    /// <summary>What counts came to, and whether they are saved.</summary>
    private static string Counts(CountsReport counted, string unit)
    {
        var what = $"counts of {counted.Order}-grams in {Sentences.Amount(counted.Tokens, unit)}";
        return counted is { ValidationPerplexity: { } together, NetworkPerplexity: { } alone }
            ? $"{what}: validation perplexity {Figures.Perplexity(together)} with them, "
                + $"{Figures.Perplexity(alone)} without; {(counted.AreSaved ? "saved with the network" : "left out")}"
            : $"{what} are saved with the network";
    }

    /// <summary>A note that a training run went back, and why.</summary>
    public static string Recovery(TrainingRecovery recovery)
    {
        var place = recovery.BackTo == 0 ? "the epoch's beginning" : $"minibatch {recovery.BackTo:#,0}";
        return $"Epoch {recovery.Epoch}, minibatch {recovery.Minibatch:#,0}: {recovery.Problem}; "
            + $"training continues from {place} with half the learning rate, {recovery.LearningRate}.";
    }

    /// <summary>A note that there is no checkpoint, and why.</summary>
    public static string CheckpointFailure(IOException error) =>
        $"{error.Message.TrimEnd('.')}; training continues without a checkpoint.";

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";

    private static string Epochs(int count) => Sentences.Amount(count, "epochs");
}
