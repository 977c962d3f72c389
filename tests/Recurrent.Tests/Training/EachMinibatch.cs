using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Does something after each minibatch of a trainer, and notes the recoveries.</summary>
internal sealed class EachMinibatch(Action? what = null) : ITrainingObserver
{
    public List<TrainingRecovery> Recoveries { get; } = [];

    public List<(int Epoch, int Expected)> Epochs { get; } = [];

    public void MinibatchEnded() => what?.Invoke();

    public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected) =>
        Epochs.Add((report.Epoch, epochsExpected));

    public void Recovered(TrainingRecovery recovery) => Recoveries.Add(recovery);
}
