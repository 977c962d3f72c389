using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Files;
using Recurrent.Formats;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>Trains to the end or as far as it goes, and saves what there is in any case.</summary>
internal static class TrainingEnd
{
    /// <summary>Trains, saves and tells.</summary>
    /// <param name="session">The run.</param>
    /// <param name="settings">What the user asks for.</param>
    /// <param name="path">The model file.</param>
    /// <param name="output">What tells the user.</param>
    /// <param name="context">The world outside.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="FailureException">Training or saving failed; the message says where the model is.</exception>
    public static int Run(
        TrainingSession session,
        TrainSettings settings,
        string path,
        ITrainingOutput output,
        CliContext context
    )
    {
        var interruption = context.Interruption;
        interruption.Protect();
        var isFirst = context.Ranks is not { Rank: > 0 };
        context.Ranks?.Meet();
        if (settings.Resume != Resumption.Never && !Resume(session) && isFirst && HasEnded(session, path))
        {
            context.Error.WriteLine(
                PrintableText.OneLine($"The training run of {path} has ended; there is nothing left to train.")
            );
            return ExitCode.Success;
        }
        context.Ranks?.BeginTraining(settings.ExchangeTimeout);
        var failure = Train(session, context);
        if (failure is null && context.Ranks is { } ranks)
        {
            ranks.EndTraining();
        }
        if (failure is not null && Gpus.HasFailed(failure))
        {
            output.Dispose();
            throw CardFailure(failure, session, settings, path);
        }
        if (session.TokensTrained == 0)
        {
            throw failure ?? new OperationCanceledException("Stopped before the first minibatch.");
        }
        var keepsCheckpoints = settings.CheckpointInterval is not null;
        var mayKeep = keepsCheckpoints && (failure is null || context.Ranks is null); // all ranks save, or none
        if (mayKeep && (interruption.Signal != 0 || (settings.Keep > 0 && failure is null)))
        {
            session.SaveCheckpoint();
        }
        if (!isFirst)
        {
            return failure is null ? ExitCode.Success : throw failure;
        }
        // Where a checkpoint has it, it is of an epoch that the run goes on from, and no last one.
        var isLast = interruption.Signal == 0 || !keepsCheckpoints;
        if (settings.Keep > 0 && isLast && session.LastBesideBest() is { } last)
        {
            ModelSaver.Save(last, Path.ChangeExtension(path, $"last{Path.GetExtension(path)}"));
        }
        var (saved, problem, older) = ModelSaver.Save(session.Finish(), path);
        // For a failed training too: its curves may tell why.
        var report =
            saved is not null && settings.Report ? ReportFile.Write(session, saved, settings.CommandLine) : default;
        if (older is not null)
        {
            context.Error.WriteLine(
                PrintableText.OneLine($"{path} held a model that is better or of another text; it is kept in {older}.")
            );
        }
        if (failure is not null)
        {
            output.Dispose();
            var model = saved is null ? problem : $"the model so far is saved in {saved}";
            throw new FailureException($"{ErrorMessage.Of(failure).Sentence.TrimEnd('.')}; {model}.", failure);
        }
        if (saved is null)
        {
            throw new FailureException($"{problem}.");
        }
        if (interruption.Signal == 0 && problem is null && keepsCheckpoints && settings.Keep == 0)
        {
            session.DeleteCheckpoint();
        }
        output.Finish(saved, report.Path, session.Continue(session.Prompts));
        if (report.Problem is not null)
        {
            context.Error.WriteLine(report.Problem);
        }
        if (problem is not null)
        {
            throw new FailureException($"{problem}; the model is saved in {saved} instead.");
        }
        if (interruption.Signal == Interruption.BrokenPipe)
        {
            context.Error.WriteLine($"The output has no reader any more; the model so far is saved in {saved}.");
        }
        if (interruption.Signal == 0 && session.IsWorseThanGuessing)
        {
            throw new FailureException(
                $"The model in {saved} predicts its text worse than guessing among "
                    + $"{session.Corpus.Vocabulary.Count:#,0} tokens would; lower --lr, which is "
                    + $"{session.Plan.Trainer.LearningRate}, or train longer."
            );
        }
        return interruption.Signal == 0 ? ExitCode.Success : interruption.ExitCode;
    }

    /// <summary>The checkpoint of a model file.</summary>
    public static string CheckpointOf(string modelPath) => modelPath + ".checkpoint";

    /// <summary>The checkpoint of a model file, null where there is none.</summary>
    public static string? CheckpointIfThere(string modelPath) =>
        File.Exists(CheckpointOf(modelPath)) ? CheckpointOf(modelPath) : null;

    /// <summary>Makes sure that a run that is to continue has something to continue from.</summary>
    /// <exception cref="FailureException">There is no checkpoint.</exception>
    public static void RequireCheckpoint(TrainSettings settings, string path)
    {
        if (settings.Resume == Resumption.Checkpoint && !Path.Exists(CheckpointOf(path)))
        {
            throw new FailureException(
                $"There is no checkpoint {CheckpointOf(path)} to continue from; train from the beginning without "
                    + "--resume, or give --resume auto to continue only where there is one."
            );
        }
    }

    /// <summary>Whether there is a model already, of this run and at its end.</summary>
    /// <exception cref="FailureException">The model is another's, or its run had not ended.</exception>
    private static bool HasEnded(TrainingSession session, string path)
    {
        if (!SharedFile.HasContent(path))
        {
            return false;
        }
        return session.DifferenceOf(TrainedModel.Load(path)) is { } difference
            ? throw new FailureException(
                $"{path} is of {difference}, and there is no checkpoint to continue from; give the settings it was "
                    + "trained with, train it further with --from, name another file with --out, or train from the "
                    + "beginning without --resume."
            )
            : true;
    }

    /// <summary>The error where a card has failed: its weights are gone, and the checkpoint is what there is.</summary>
    private static FailureException CardFailure(
        Exception failure,
        TrainingSession session,
        TrainSettings settings,
        string path
    )
    {
        var isThere =
            session.HasCheckpoint || (settings.Resume != Resumption.Never && CheckpointIfThere(path) is not null);
        var wayOut = isThere
            ? $"go on from {CheckpointOf(path)} with --resume --device cpu"
            : "there is no checkpoint yet; train with --device cpu";
        return new($"{failure.Message.TrimEnd('.')}; {wayOut}.", failure);
    }

    private static bool Resume(TrainingSession session)
    {
        try
        {
            return session.Resume();
        }
        catch (ModelFileException error)
        {
            var sentence = error.Message.Replace("without resuming", "without --resume", StringComparison.Ordinal);
            throw new FailureException(sentence, error);
        }
    }

    /// <summary>Trains until the end, a signal, or the failure that it returns.</summary>
    private static Exception? Train(TrainingSession session, CliContext context)
    {
        var cancellationToken = context.Interruption.Token;
        try
        {
            foreach (var _ in session.Run(cancellationToken)) { }
            return null;
        }
        // Another rank may have got the signal.
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || context.Ranks is not null)
        {
            return null;
        }
        catch (Exception failure)
        {
            // Whatever it is, an hour of training must not be lost to it.
            return failure;
        }
    }
}
