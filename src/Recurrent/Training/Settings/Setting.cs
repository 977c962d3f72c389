using Recurrent.Optimizing;
using Recurrent.Text;

namespace Recurrent.Training.Settings;

/// <summary>
/// A row of a table of settings: all that the house knows of one setting, whatever the type of its value.
/// </summary>
/// <typeparam name="TOwner">The record that has the setting.</typeparam>
internal abstract class Setting<TOwner>
{
    /// <summary>Its name in the model file, such as learning-rate.</summary>
    public required string Name { get; init; }

    /// <summary>The option of the command line, such as --lr.</summary>
    public required string Option { get; init; }

    /// <summary>A short name of the option, such as -m; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>The group of the help that shows it.</summary>
    public required SettingGroup Group { get; init; }

    /// <summary>Its meaning, in a sentence.</summary>
    public required string Description { get; init; }

    /// <summary>The default in words where it depends on other things; null where it is a fixed value.</summary>
    public string? DefaultWords { get; init; }

    /// <summary>The value that the option has if it is given alone; null where it needs one.</summary>
    public string? WithoutValue { get; init; }

    /// <summary>
    /// Why it would change nothing under some choices, with the way out, after the option's name; null where it
    /// would.
    /// </summary>
    public Func<SettingChoices, string?> Refusal { get; init; } = _ => null;

    /// <summary>
    /// The name of the setting whose part takes it: a part of the caller's own in that place does not; null for none.
    /// </summary>
    public string? PartOf { get; init; }

    /// <summary>Its name in a checkpoint; null where two runs that differ in it may continue each other.</summary>
    public string? IdentityName { get; init; }

    /// <summary>
    /// Whether the model file keeps it for every run, and not only for those in which it differs from having none.
    /// </summary>
    public bool IsKeptAlways { get; init; }

    /// <summary>The placeholder of its value in the help; null for a flag.</summary>
    public abstract string? Placeholder { get; }

    /// <summary>The description with the default and the bounds, for the help.</summary>
    public abstract string Help { get; }

    /// <summary>
    /// Says what is wrong with a value as text, such as "must be a number above 0"; null if nothing is.
    /// </summary>
    public abstract string? ProblemOf(string text);

    /// <summary>The settings with another value of this one.</summary>
    /// <param name="owner">The settings.</param>
    /// <param name="text">A value that has no problem.</param>
    public abstract TOwner With(TOwner owner, string text);

    /// <summary>The settings with the default of this one; as they are where that is not a fixed value.</summary>
    public abstract TOwner WithDefault(TOwner owner);

    /// <summary>Its value as the model file has it.</summary>
    public abstract string TextOf(TOwner owner);

    /// <summary>Its value for people.</summary>
    public string WordsOf(TOwner owner) =>
        TextOf(owner) switch
        {
            "true" => "yes",
            "false" => "no",
            "" or "0" or "0s" when DefaultWords is "no limit" or "utf-8" => DefaultWords, // not given
            var text => text,
        };

    /// <summary>Its value as a checkpoint has it; null where the checkpoint leaves it out.</summary>
    public abstract string? IdentityOf(TOwner owner);

    /// <summary>Whether the model file keeps the value that it has.</summary>
    public abstract bool IsKept(TOwner owner);
}

/// <summary>A row of a table of settings.</summary>
/// <typeparam name="TOwner">The record that has the setting.</typeparam>
/// <typeparam name="T">The type of its value.</typeparam>
internal sealed class Setting<TOwner, T> : Setting<TOwner>
{
    /// <summary>The values that it may have.</summary>
    public required SettingValues<T> Values { get; init; }

    /// <summary>Gets its value.</summary>
    public required Func<TOwner, T> Get { get; init; }

    /// <summary>Gives the settings another value.</summary>
    public required Func<TOwner, T, TOwner> Set { get; init; }

    /// <summary>The default, where <see cref="Setting{TOwner}.DefaultWords"/> are null.</summary>
    public T Default { get; init; } = default!;

    /// <summary>Whether a run has it, for the model file; every run by default.</summary>
    public Func<TOwner, bool> IsThere { get; init; } = _ => true;

    /// <summary>Its value as a checkpoint has it, where that is not as the model file has it.</summary>
    public Func<TOwner, string>? Identity { get; init; }

    /// <summary>
    /// Whether checkpoints leave it out of runs that do not have it: for settings that came after the first
    /// checkpoints.
    /// </summary>
    public bool IsLeftOut { get; init; }

    public override string? Placeholder => Values.Placeholder;

    public override string Help
    {
        get
        {
            var byDefault = DefaultWords ?? (Placeholder is null ? null : Values.Format(Default));
            var bounds = Values.Bounds is null ? "" : $" [{Values.Bounds}]";
            return $"{Description}{bounds}{(byDefault is null ? "" : $" [default: {byDefault}]")}";
        }
    }

    public override string? ProblemOf(string text) =>
        Values.TryParse(text, out _) ? null : $"must be {Values.ExpectedFor(text)}";

    public override TOwner With(TOwner owner, string text) =>
        Values.TryParse(text, out var value)
            ? Set(owner, value)
            : throw new ArgumentException($"{Name} is \"{text}\" and {ProblemOf(text)}.", nameof(text));

    public override TOwner WithDefault(TOwner owner) => DefaultWords is null ? Set(owner, Default) : owner;

    public override string TextOf(TOwner owner) => Values.Format(Get(owner));

    public override string? IdentityOf(TOwner owner) =>
        IdentityName is null || (IsLeftOut && !IsThere(owner))
            ? null
            : (Identity?.Invoke(owner) ?? TextOf(owner)).ToLowerInvariant();

    public override bool IsKept(TOwner owner) => IsKeptAlways || IsThere(owner);

    /// <summary>
    /// The value among those that a model file keeps; the type's default where it is left out or cannot be read.
    /// </summary>
    public T In(IEnumerable<KeyValuePair<string, string>> kept) =>
        kept.FirstOrDefault(entry => entry.Key == Name).Value is { } text && Values.TryParse(text, out var value)
            ? value
            : default!;
}

/// <summary>The part of a training run that a setting belongs to: the groups of the help.</summary>
internal enum SettingGroup
{
    /// <summary>The way in which the text becomes tokens.</summary>
    Text,

    /// <summary>The kind and sizes of the model.</summary>
    Model,

    /// <summary>The way in which the model is trained.</summary>
    Training,

    /// <summary>The run on this machine, and its seed.</summary>
    Run,
}

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

    /// <summary>Whether shards train by themselves between two exchanges.</summary>
    public bool HasLocalSteps { get; init; }

    /// <summary>Whether n-grams may be counted beside the network.</summary>
    public bool HasCounts { get; init; }
}
