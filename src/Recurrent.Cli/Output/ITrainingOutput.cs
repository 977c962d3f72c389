using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>Tells the user of a training run, in one of several ways.</summary>
internal interface ITrainingOutput : ITrainingObserver, IDisposable
{
    /// <summary>No more epochs come; the model is saved.</summary>
    /// <param name="modelPath">Where.</param>
    /// <param name="reportPath">Where its report is; null without one.</param>
    /// <param name="continuations">How the model continues each prompt.</param>
    void Finish(string modelPath, string? reportPath, IReadOnlyList<TrainingSample> continuations);
}
