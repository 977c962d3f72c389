using Recurrent.Optimizing;
using Recurrent.Text;

namespace Recurrent.Training.Settings;

/// <summary>The choices that decide which other settings serve a purpose; known before the text is.</summary>
/// <param name="Normalization">The treatment of the text before anything else.</param>
internal sealed record SettingChoices(Normalization Normalization)
{
    /// <summary>The kind of model; empty where none is trained.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The rule by which weights follow their gradients.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>The change of the learning rate.</summary>
    public ScheduleKind Schedule { get; init; }
}
