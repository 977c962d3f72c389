using Recurrent.Models;
using Recurrent.Ranges;
using Recurrent.Training.Settings;

namespace Recurrent.Training;

/// <summary>
/// The settings of the n-grams that are counted beside the network, a row each. They change none of its weights, so a
/// run goes on from a checkpoint whatever they were.
/// </summary>
internal static class CountsSettings
{
    /// <summary>The weights that counts may have.</summary>
    public static readonly Bounds<double> Weights = Within.From(0.01, 0.99);

    /// <summary>Whether n-grams are counted beside the network.</summary>
    public static Setting<TrainingPlan, CountsUse> Use { get; } =
        new()
        {
            Name = "counts",
            Option = "--counts",
            Group = SettingGroup.Training,
            Description =
                "Whether the n-grams of the text are counted, too, and saved with the network, to predict together "
                + "with it: with auto, where the validation text says that they help. They hold most of the text.",
            Values = new WordValues<CountsUse>(
                ("auto", CountsUse.WhereTheyHelp),
                ("always", CountsUse.Always),
                ("never", CountsUse.Never)
            ),
            Default = CountsUse.WhereTheyHelp,
            Get = plan => plan.Counts,
            Set = (plan, value) => plan with { Counts = value },
            IsThere = plan => plan.Counts == CountsUse.Always,
        };

    /// <summary>Every row.</summary>
    public static IReadOnlyList<Setting<TrainingPlan>> All { get; } =
    [
        Use,
        new Setting<TrainingPlan, double>
        {
            Name = "counts-weight",
            Option = "--counts-weight",
            Group = SettingGroup.Training,
            Description = "The weight of the counts in what they predict together with the network.",
            Values = new NumberValues<double>(Weights),
            Default = 1 - MixedModel.DefaultWeight,
            Refusal = choices => choices.HasCounts ? null : "has no effect here; leave it out or add --counts auto",
            Get = plan => plan.CountsWeight,
            Set = (plan, value) => plan with { CountsWeight = value },
            IsThere = plan => plan.Counts != CountsUse.Never && plan.CountsWeight != 1 - MixedModel.DefaultWeight,
        },
    ];
}
