using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Notes the validation losses within epochs and at their ends, to the last digit.</summary>
internal sealed class ValidationLosses : ITrainingObserver
{
    public List<string> All { get; } = [];

    public void Validated(EpochReport soFar) => All.Add($"{soFar.Epoch} {soFar.Tokens} {soFar.ValidationLoss:R}");
}
