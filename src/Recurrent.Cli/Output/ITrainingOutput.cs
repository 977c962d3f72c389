using Recurrent.Cli.Training;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>Tells the user of a training, in one of several ways.</summary>
internal interface ITrainingOutput : IDisposable
{
    /// <summary>Training begins.</summary>
    void Start(TrainingRun run);

    /// <summary>An epoch is over.</summary>
    void Report(EpochReport report);

    /// <summary>A number was not finite, and the training went back.</summary>
    void Recover(TrainingRecovery recovery);

    /// <summary>No more epochs come; the model is saved.</summary>
    /// <param name="modelPath">Where.</param>
    /// <param name="reportPath">Where its report is; null without one.</param>
    /// <param name="continuations">What the model makes of each prefix.</param>
    void Finish(string modelPath, string? reportPath, IReadOnlyList<Continuation> continuations);
}
