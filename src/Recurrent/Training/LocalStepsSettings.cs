using Recurrent.Ranges;
using Recurrent.Training.Settings;

namespace Recurrent.Training;

/// <summary>The rows of shards that train by themselves for a while.</summary>
internal static class LocalStepsSettings
{
    /// <summary>The minibatches between two exchanges.</summary>
    public static Setting<TrainingPlan, int> Steps { get; } =
        new()
        {
            Name = "local-steps",
            Option = "--local-steps",
            Group = SettingGroup.Training,
            Description =
                "Minibatches that each shard trains on by itself, with weights of its own, before all take up the "
                + "mean; for slow networks.",
            Values = new NumberValues<int>(TrainerOptions.LocalStepCounts),
            DefaultWords = "none, all train together",
            Get = plan => plan.Trainer.LocalSteps ?? 0,
            Set = (plan, value) => With(plan, plan.Trainer with { LocalSteps = value > 0 ? value : null }),
            IdentityName = "local steps",
            IsLeftOut = true,
            IsThere = AreThere,
        };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Setting<TrainingPlan>> All { get; } =
    [
        Steps,
        new Setting<TrainingPlan, double>
        {
            Name = "outer-rate",
            Option = "--outer-rate",
            Group = SettingGroup.Training,
            Description = "The part of what the shards have learned in --local-steps that the model follows.",
            Values = new NumberValues<double>(TrainerOptions.OuterRates),
            Default = 0.7,
            Refusal = HaveNoEffect,
            Get = plan => plan.Trainer.OuterRate,
            Set = (plan, value) => With(plan, plan.Trainer with { OuterRate = value }),
            IdentityName = "outer rate",
            IsLeftOut = true,
            IsThere = AreThere,
        },
        new Setting<TrainingPlan, double>
        {
            Name = "outer-momentum",
            Option = "--outer-momentum",
            Group = SettingGroup.Training,
            Description = "The part of what was learned before that goes on after each --local-steps.",
            Values = new NumberValues<double>(Within.Fraction),
            Default = 0.9,
            Refusal = HaveNoEffect,
            Get = plan => plan.Trainer.OuterMomentum,
            Set = (plan, value) => With(plan, plan.Trainer with { OuterMomentum = value }),
            IdentityName = "outer momentum",
            IsLeftOut = true,
            IsThere = AreThere,
        },
    ];

    private static bool AreThere(TrainingPlan plan) => plan.Trainer.LocalSteps is not null;

    private static string? HaveNoEffect(SettingChoices choices) =>
        choices.HasLocalSteps ? null : "has no effect here; leave it out or add --local-steps 10";

    private static TrainingPlan With(TrainingPlan plan, TrainerOptions trainer) => plan with { Trainer = trainer };
}
