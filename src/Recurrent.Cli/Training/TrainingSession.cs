using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;

namespace Recurrent.Cli.Training;

/// <summary>Trains to the end or as far as it goes, and saves what there is in any case.</summary>
internal static class TrainingSession
{
    /// <summary>Trains, saves and tells.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="FailureException">Training or saving failed; the message says where the model is.</exception>
    public static int Run(TrainingRun run, string path, ITrainingOutput output, CliContext context)
    {
        var interruption = context.Interruption;
        interruption.Protect();
        using var checkpointer = new Checkpointer(run, path, context);
        if (run.Settings.Resume)
        {
            checkpointer.Resume();
        }
        var failure = Train(run, output, interruption.Token);
        if (run.TokensTrained == 0)
        {
            throw failure ?? new OperationCanceledException("Stopped before the first minibatch.");
        }
        if (interruption.Signal != 0)
        {
            checkpointer.Save();
        }
        run.RestoreBest();
        var (saved, problem) = ModelSaver.Save(run.ToTrainedModel(), path);
        // For a failed training too: its curves may tell why.
        var report = saved is not null && run.Settings.Report ? ReportFile.Write(run, saved) : default;
        if (failure is not null)
        {
            output.Dispose();
            var model = saved is null ? problem : $"the model so far is saved in {saved}";
            throw new FailureException(
                $"{ErrorMessage.Of(failure).Sentence.TrimEnd('.')}; {model}.",
                failure
            );
        }
        if (saved is null)
        {
            throw new FailureException($"{problem}.");
        }
        if (interruption.Signal == 0 && problem is null)
        {
            checkpointer.Delete();
        }
        output.Finish(saved, report.Path, [.. run.Prefixes.Select(run.Continue)]);
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
            context.Error.WriteLine(
                $"Nobody reads the output any more; the model so far is saved in {saved}."
            );
        }
        return interruption.Signal == 0 ? ExitCode.Success : interruption.ExitCode;
    }

    /// <summary>Trains until the end, a signal, or the failure that it returns.</summary>
    private static Exception? Train(
        TrainingRun run,
        ITrainingOutput output,
        CancellationToken cancellationToken
    )
    {
        try
        {
            output.Start(run);
            run.AfterRecovery(output.Recover);
            foreach (var report in run.Epochs(cancellationToken))
            {
                output.Report(report);
                if (run.Settings.Report && SampleEpochs.ContainsPlain(report.Epoch, run.ExpectedEpochs))
                {
                    run.Sample();
                }
            }
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
