namespace Recurrent.Training;

/// <summary>
/// The names of the parts of a training run that may be the caller's own, by the rows of the settings that they
/// replace.
/// </summary>
/// <param name="Optimizer">The optimiser's name; null for that of the settings.</param>
/// <param name="Schedule">The schedule's name; null for that of the settings.</param>
/// <param name="Sampler">The sampler's name; null for that of the settings.</param>
internal sealed record PartNames(string? Optimizer, string? Schedule, string? Sampler)
{
    /// <summary>The name of the part that replaces a setting; null where none does.</summary>
    public string? Of(string? setting) =>
        setting == TrainingSettings.Optimizer.Name ? Optimizer
        : setting == TrainingSettings.Schedule.Name ? Schedule
        : setting == TrainingSettings.Sampler.Name ? Sampler
        : null;

    /// <summary>Whether the caller's own part replaces a setting.</summary>
    public bool IsOwn(string? setting) => Of(setting) is not null;
}
