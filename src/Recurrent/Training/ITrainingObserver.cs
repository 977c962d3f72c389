namespace Recurrent.Training;

/// <summary>
/// Is told how a training run goes, on the run's own thread, and only looks: what it does changes no bit of the
/// model. What it throws ends the run.
/// </summary>
/// <example>
/// <code>
/// var options = new TrainingSessionOptions { Observers = [new Samples()] };
///
/// sealed class Samples : ITrainingObserver
/// {
///     public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected) =&gt;
///         Console.WriteLine($"{report.Epoch}/{epochsExpected} {sample?.Text}");
/// }
/// </code>
/// </example>
public interface ITrainingObserver
{
    /// <summary>The run begins, or continues from a checkpoint.</summary>
    /// <param name="session">The run, to look at.</param>
    void Started(TrainingSession session) { }

    /// <summary>
    /// One of several networks begins or continues, the first too (<see cref="TrainingPlan.Networks"/>): the session's
    /// trainer is now its own, and epochs are counted from 1 again.
    /// </summary>
    /// <param name="network">Its number, from 1.</param>
    void NetworkStarted(int network) { }

    /// <summary>A minibatch has ended.</summary>
    void MinibatchEnded() { }

    /// <summary>The model was measured within an epoch (<see cref="TrainerOptions.ValidateEvery"/>).</summary>
    /// <param name="soFar">The epoch as far as it has come, with the validation loss.</param>
    void Validated(EpochReport soFar) { }

    /// <summary>An epoch has ended.</summary>
    /// <param name="report">Its report.</param>
    /// <param name="sample">What the model writes now; null where no sample is due, or the model cannot write.</param>
    /// <param name="epochsExpected">The number of epochs to be trained; with a budget, an estimate.</param>
    void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected) { }

    /// <summary>A number was not finite, and the run went back.</summary>
    /// <param name="recovery">The place where it was, and the place from which the run continues.</param>
    void Recovered(TrainingRecovery recovery) { }

    /// <summary>A checkpoint could not be written, for the first time; the run continues without.</summary>
    /// <param name="failure">The error.</param>
    void CheckpointFailed(IOException failure) { }
}
