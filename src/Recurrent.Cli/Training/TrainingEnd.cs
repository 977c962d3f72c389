using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Formats;
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
        if (settings.Resume && !Resume(session))
        {
            context.Error.WriteLine($"There is no checkpoint {CheckpointOf(path)}, so training starts from scratch.");
        }
        var failure = Train(session, interruption.Token);
        if (session.Trainer.TokensTrained == 0)
        {
            throw failure ?? new OperationCanceledException("Stopped before the first minibatch.");
        }
        var keepsCheckpoints = settings.CheckpointInterval is not null;
        if (interruption.Signal != 0 && keepsCheckpoints)
        {
            session.SaveCheckpoint();
        }
        var (saved, problem) = ModelSaver.Save(session.Finish(), path);
        // For a failed training too: its curves may tell why.
        var report = saved is not null && settings.Report ? ReportFile.Write(session, saved, settings.CommandLine) : default;
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
        if (interruption.Signal == 0 && problem is null && keepsCheckpoints)
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
        return interruption.Signal == 0 ? ExitCode.Success : interruption.ExitCode;
    }

    /// <summary>The checkpoint of a model file.</summary>
    public static string CheckpointOf(string modelPath) => modelPath + ".checkpoint";

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
    private static Exception? Train(TrainingSession session, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var _ in session.Run(cancellationToken)) { }
            return null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
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
