using Recurrent.Batching;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Training;

/// <summary>
/// Parts of a training run of the caller's own, each in place of what the settings describe. Model files and
/// checkpoints know them by their names: a run continues from a checkpoint with parts of the same names.
/// </summary>
/// <example>
/// <code>
/// var session = new TrainingSession(
///     corpus,
///     options: new() { Parts = new() { Sampler = new RandomSampling(batchSize: 64, steps: 100) } }
/// );
/// </code>
/// </example>
public sealed record TrainingParts
{
    /// <summary>
    /// Makes the model of a session from its configuration and the random values of its initial parameters; null for
    /// a model of the kind that the configuration names.
    /// </summary>
    public Func<ModelConfiguration, RandomStream, ILanguageModel>? Model { get; init; }

    /// <summary>
    /// Makes the optimiser of the model's parameters; null for that of <see cref="TrainerOptions.Optimizer"/>.
    /// </summary>
    public Func<IReadOnlyList<Parameter>, Optimizer>? Optimizer { get; init; }

    /// <summary>Makes the learning rate's schedule; null for that of <see cref="TrainerOptions.Schedule"/>.</summary>
    public Func<LearningRateSchedule>? Schedule { get; init; }

    /// <summary>
    /// The sampler that cuts the text into minibatches, with a batch and steps of its own; null for that of
    /// <see cref="TrainerOptions.Sampler"/>.
    /// </summary>
    public BatchSampler? Sampler { get; init; }

    /// <summary>
    /// The validation text, at least two tokens as the corpus's codec makes them, in place of a part of the text that
    /// is trained on, which is then trained on as a whole; null for that of <see cref="TrainerOptions.Validation"/>.
    /// </summary>
    public TokenSequence? Validation { get; init; }

    /// <summary>
    /// The ranks that train one model together, each on its shards of the rows (<see cref="TrainerOptions.Shards"/>);
    /// null where one trains alone.
    /// </summary>
    public Ranks? Ranks { get; init; }

    /// <summary>The part that a function of the caller's has made.</summary>
    /// <exception cref="InvalidOperationException">It has made none.</exception>
    internal static T Made<T>(string name, T? part)
        where T : class =>
        part
        ?? throw new InvalidOperationException(
            $"TrainingParts.{name} returned null and must return a part; return one, or leave {name} null."
        );
}

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
