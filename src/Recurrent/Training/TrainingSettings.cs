using System.Globalization;
using Recurrent.Optimizing;
using Recurrent.Ranges;
using Recurrent.Training.Settings;

namespace Recurrent.Training;

/// <summary>
/// The settings of a training run, a row each. The options of the command line with their help, what a checkpoint
/// must agree in, what the model file keeps, and the report are all made of these rows: a new setting is a row here
/// and its place of use.
/// </summary>
/// <remarks>The order is that of the model file; the help groups the rows and keeps the order within a group.</remarks>
internal static partial class TrainingSettings
{
    /// <summary>The seed that all random values of a run follow from.</summary>
    public static Setting<TrainingPlan, long> Seed { get; } =
        new()
        {
            Name = "seed",
            Option = "--seed",
            Group = SettingGroup.Run,
            Description = "Same seed, same model, bit for bit.",
            Values = new SeedValues(),
            Default = 1,
            Get = plan => plan.Trainer.Seed,
            Set = (plan, value) => plan.With(plan.Trainer with { Seed = value }),
            IdentityName = "seed",
            IsKeptAlways = true,
        };

    /// <summary>The time after which a run ends.</summary>
    public static Setting<TrainingPlan, TimeSpan> Budget { get; } =
        new()
        {
            Name = "budget",
            Option = "--budget",
            Group = SettingGroup.Training,
            Description = "Make the best model that this much time can buy, then stop.",
            Values = new DurationValues(),
            DefaultWords = "no limit",
            Get = plan => plan.Trainer.Budget ?? TimeSpan.Zero,
            Set = (plan, value) => plan.With(plan.Trainer with { Budget = value > TimeSpan.Zero ? value : null }),
            IdentityName = "budget",
            Identity = plan => string.Create(CultureInfo.InvariantCulture, $"{plan.Trainer.Budget?.TotalSeconds ?? 0}"),
            IsThere = plan => plan.Trainer.Budget is not null,
        };

    /// <summary>
    /// The time steps of a minibatch; with fewer tokens a minibatch there are more of them, which taught more than
    /// longer ones.
    /// </summary>
    public static Setting<TrainingPlan, int> Steps { get; } =
        new()
        {
            Name = "steps",
            Option = "--steps",
            Group = SettingGroup.Training,
            Description = "Time steps of a minibatch.",
            Values = new NumberValues<int>(TrainerOptions.StepCounts),
            Default = 32,
            Get = plan => plan.Trainer.Steps,
            Set = (plan, value) => plan.With(plan.Trainer with { Steps = value }),
            IdentityName = "steps",
            IsKeptAlways = true,
        };

    /// <summary>The rule by which weights follow their gradients.</summary>
    public static Setting<TrainingPlan, OptimizerKind> Optimizer { get; } =
        new()
        {
            Name = "optimizer",
            Option = "--optimizer",
            Group = SettingGroup.Training,
            Description = "How weights follow their gradients.",
            Values = new WordValues<OptimizerKind>([.. OptimizerRule.All.Select(rule => (rule.Name, rule.Kind))]),
            Default = OptimizerKind.AdamW,
            Get = plan => plan.Trainer.Optimizer,
            Set = (plan, value) => plan.With(plan.Trainer with { Optimizer = value }),
            IdentityName = "optimizer",
            IsThere = plan => plan.Trainer.Optimizer != OptimizerKind.Sgd,
        };

    /// <summary>The change of the learning rate.</summary>
    public static Setting<TrainingPlan, ScheduleKind> Schedule { get; } =
        new()
        {
            Name = "schedule",
            Option = "--schedule",
            Group = SettingGroup.Training,
            Description =
                "How the learning rate changes: not at all, by exponential decay, by cosine decay, or "
                + "halved when the loss stops falling.",
            Values = new WordValues<ScheduleKind>(
                ("constant", ScheduleKind.Constant),
                ("exponential", ScheduleKind.Exponential),
                ("cosine", ScheduleKind.Cosine),
                ("plateau", ScheduleKind.Plateau)
            ),
            Default = ScheduleKind.Cosine,
            Get = plan => plan.Trainer.Schedule,
            Set = (plan, value) => plan.With(plan.Trainer with { Schedule = value }),
            IdentityName = "schedule",
            IsThere = plan => plan.Trainer.Schedule != ScheduleKind.Constant,
        };

    /// <summary>The order of minibatches.</summary>
    public static Setting<TrainingPlan, SamplerKind> Sampler { get; } =
        new()
        {
            Name = "sampler",
            Option = "--sampler",
            Group = SettingGroup.Training,
            Description = "The order of minibatches: rows that continue each other, or windows in random order.",
            Values = new WordValues<SamplerKind>(
                ("sequential", SamplerKind.Sequential),
                ("random", SamplerKind.Random)
            ),
            Default = SamplerKind.Sequential,
            Get = plan => plan.Trainer.Sampler,
            Set = (plan, value) => plan.With(plan.Trainer with { Sampler = value }),
            IdentityName = "sampler",
            IsKeptAlways = true,
        };

    /// <summary>What of the text is held out.</summary>
    public static Setting<TrainingPlan, double> Validation { get; } =
        new()
        {
            Name = "validation",
            Option = "--validation",
            Group = SettingGroup.Training,
            Description =
                "Fraction of the text, at its end, or number of its tokens, such as 16M, that is held out to "
                + "measure the model on; the best model is saved.",
            Values = new HeldOutValues(),
            DefaultWords = "fitted to the text",
            Get = plan => plan.Trainer.Validation,
            Set = (plan, value) => plan.With(plan.Trainer with { Validation = value }),
            IdentityName = "validation",
            IsThere = plan => plan.Trainer.Validation != 0,
        };

    /// <summary>Whether lines are held out.</summary>
    public static Setting<TrainingPlan, bool> ValidationLines { get; } =
        new()
        {
            Name = "validation-lines",
            Option = "--validation-lines",
            Group = SettingGroup.Training,
            Description =
                "Hold out lines drawn by chance, in place of the end of the text; for a sorted list, for instance.",
            Values = new FlagValues(),
            Get = plan => plan.Trainer.ValidationLines,
            Set = (plan, value) => plan.With(plan.Trainer with { ValidationLines = value }),
            IdentityName = "validation lines",
            IsLeftOut = true,
            IsThere = plan => plan.Trainer.ValidationLines,
        };

    /// <summary>The tokens between two validations.</summary>
    public static Setting<TrainingPlan, long> ValidateEvery { get; } =
        new()
        {
            Name = "validate-every",
            Option = "--validate-every",
            Group = SettingGroup.Training,
            Description = "Measure the model after each so many tokens of an epoch, too; for long epochs.",
            Values = new NumberValues<long>(TrainerOptions.TokenCounts),
            DefaultWords = "at the end of each epoch",
            Get = plan => plan.Trainer.ValidateEvery ?? 0,
            Set = (plan, value) => plan.With(plan.Trainer with { ValidateEvery = value > 0 ? value : null }),
            IdentityName = "validation every",
            IsLeftOut = true,
            IsThere = plan => plan.Trainer.ValidateEvery is not null,
        };

    /// <summary>The epochs without a lower validation loss after which a run ends.</summary>
    public static Setting<TrainingPlan, int> Patience { get; } =
        new()
        {
            Name = "patience",
            Option = "--patience",
            Group = SettingGroup.Training,
            Description = "Stop when the validation loss has not fallen for this many epochs.",
            Values = new NumberValues<int>(TrainerOptions.EpochCounts),
            DefaultWords = "no limit",
            Get = plan => plan.Trainer.Patience ?? 0,
            Set = (plan, value) => plan.With(plan.Trainer with { Patience = value > 0 ? value : null }),
            IdentityName = "patience",
            IsThere = plan => plan.Trainer.Patience is not null,
        };

    /// <summary>Every row, those of the model too.</summary>
    public static IReadOnlyList<Setting<TrainingPlan>> All { get; } =
    [
        Seed,
        .. ModelSettings.All,
        Budget,
        new Setting<TrainingPlan, int>
        {
            Name = "batch",
            Option = "--batch",
            Group = SettingGroup.Training,
            Description = "Rows of a minibatch.",
            Values = new NumberValues<int>(TrainerOptions.BatchSizes),
            DefaultWords = "fitted to the text",
            Get = plan => plan.Trainer.BatchSize,
            Set = (plan, value) => plan.With(plan.Trainer with { BatchSize = value }),
            IdentityName = "batch",
            IsKeptAlways = true,
        },
        new Setting<TrainingPlan, int>
        {
            Name = "shards",
            Option = "--shards",
            Group = SettingGroup.Training,
            Description =
                "Parts of a minibatch that machines may share: any number of them trains the same model. Must divide "
                + "the batch.",
            Values = new NumberValues<int>(TrainerOptions.ShardCounts),
            Default = 1,
            Get = plan => plan.Trainer.Shards,
            Set = (plan, value) => plan.With(plan.Trainer with { Shards = value }),
            IdentityName = "shards",
            IsLeftOut = true,
            IsThere = plan => plan.Trainer.Shards != 1,
        },
        .. LocalStepsSettings.All,
        Steps,
        new Setting<TrainingPlan, int>
        {
            Name = "epochs",
            Option = "--epochs",
            Group = SettingGroup.Training,
            Description = "Passes over the text.",
            Values = new NumberValues<int>(TrainerOptions.EpochCounts),
            DefaultWords = "fitted to the text",
            Get = plan => plan.Trainer.Epochs,
            Set = (plan, value) => plan.With(plan.Trainer with { Epochs = value }),
            IdentityName = "epochs",
            IsKeptAlways = true,
        },
        Optimizer,
        new Setting<TrainingPlan, double>
        {
            Name = "learning-rate",
            Option = "--lr",
            Group = SettingGroup.Training,
            Description = "Learning rate.",
            Values = new NumberValues<double>(TrainerOptions.LearningRates),
            DefaultWords = OptimizerRule.UsualOf(rule => rule.LearningRate),
            Get = plan => plan.Trainer.LearningRate,
            Set = (plan, value) => plan.With(plan.Trainer with { LearningRate = value }),
            IdentityName = "learning rate",
            IsKeptAlways = true,
        },
        new Setting<TrainingPlan, double>
        {
            Name = "momentum",
            PartOf = Optimizer.Name,
            Option = "--momentum",
            Group = SettingGroup.Training,
            Description = "Momentum of sgd.",
            Values = new NumberValues<double>(Within.Fraction),
            Default = 0,
            Refusal = choices =>
                choices.Optimizer == OptimizerKind.Sgd
                    ? null
                    : "has no effect here; leave it out or add --optimizer sgd",
            Get = plan => plan.Trainer.Momentum,
            Set = (plan, value) => plan.With(plan.Trainer with { Momentum = value }),
            IdentityName = "momentum",
            IsThere = plan => plan.Trainer.Momentum != 0,
        },
        new Setting<TrainingPlan, double>
        {
            Name = "beta2",
            PartOf = Optimizer.Name,
            Option = "--beta2",
            Group = SettingGroup.Training,
            Description =
                "How long adam, adamw and muon remember squared gradients; 0.99 can serve small minibatches better.",
            Values = new NumberValues<double>(Within.Fraction),
            Default = Adam.UsualBeta2,
            Refusal = choices =>
                choices.Optimizer is OptimizerKind.Adam or OptimizerKind.AdamW or OptimizerKind.Muon
                    ? null
                    : "has no effect here; leave it out or add --optimizer adamw",
            Get = plan => plan.Trainer.Beta2,
            Set = (plan, value) => plan.With(plan.Trainer with { Beta2 = value }),
            IdentityName = "beta2",
            IsLeftOut = true,
            IsThere = plan => plan.Trainer.Beta2 != Adam.UsualBeta2,
        },
        new Setting<TrainingPlan, double>
        {
            Name = "weight-decay",
            PartOf = Optimizer.Name,
            Option = "--weight-decay",
            Group = SettingGroup.Training,
            Description = "How strongly weights are drawn towards 0.",
            Values = new NumberValues<double>(Within.Fraction),
            DefaultWords = OptimizerRule.UsualOf(rule => rule.WeightDecay),
            Get = plan => plan.Trainer.WeightDecay,
            Set = (plan, value) => plan.With(plan.Trainer with { WeightDecay = value }),
            IdentityName = "weight decay",
            IsThere = plan => plan.Trainer.WeightDecay != 0,
        },
        Schedule,
        new Setting<TrainingPlan, double>
        {
            Name = "final-rate",
            PartOf = Schedule.Name,
            Option = "--final-rate",
            Group = SettingGroup.Training,
            Description = "The fraction of the learning rate that the schedule ends at.",
            Values = new NumberValues<double>(TrainerOptions.FinalRates),
            Default = 0.01,
            Refusal = choices =>
                choices.Schedule == ScheduleKind.Constant
                    ? "has no effect here; leave it out or add --schedule cosine"
                    : null,
            Get = plan => plan.Trainer.FinalRate,
            Set = (plan, value) => plan.With(plan.Trainer with { FinalRate = value }),
            IdentityName = "final rate",
            IsThere = plan => plan.Trainer.Schedule != ScheduleKind.Constant,
        },
        new Setting<TrainingPlan, int>
        {
            Name = "warmup",
            Option = "--warmup",
            Group = SettingGroup.Training,
            Description = "Updates over which the learning rate first rises from 0.",
            Values = new NumberValues<int>(TrainerOptions.WarmupCounts),
            DefaultWords = "fitted to the text",
            Get = plan => plan.Trainer.WarmupUpdates,
            Set = (plan, value) => plan.With(plan.Trainer with { WarmupUpdates = value }),
            IdentityName = "warm-up",
            IsThere = plan => plan.Trainer.WarmupUpdates != 0,
        },
        new Setting<TrainingPlan, double>
        {
            Name = "clip",
            Option = "--clip",
            Group = SettingGroup.Training,
            Description = "Largest global norm of the gradient; 0 for no clipping.",
            Values = new NumberValues<double>(Within.From(0, TrainerOptions.MaxClipNorm)),
            Default = 1,
            Get = plan => plan.Trainer.ClipNorm ?? 0,
            Set = (plan, value) => plan.With(plan.Trainer with { ClipNorm = value > 0 ? value : null }),
            IdentityName = "clipping norm",
            IsKeptAlways = true,
        },
        new Setting<TrainingPlan, double>
        {
            Name = "clip-value",
            Option = "--clip-value",
            Group = SettingGroup.Training,
            Description =
                "Largest magnitude of each value of the gradient, applied before --clip; 0 for no " + "clipping.",
            Values = new NumberValues<double>(Within.From(0, TrainerOptions.MaxClipNorm)),
            Default = 0,
            Get = plan => plan.Trainer.ClipValue ?? 0,
            Set = (plan, value) => plan.With(plan.Trainer with { ClipValue = value > 0 ? value : null }),
            IdentityName = "clipping value",
            IsThere = plan => plan.Trainer.ClipValue is not null,
        },
        Sampler,
        Validation,
        ValidationLines,
        ValidateEvery,
        Patience,
        new Setting<TrainingPlan, int>
        {
            Name = "average",
            Option = "--average",
            Group = SettingGroup.Training,
            Description =
                "Average the weights after this many last epochs, and save the average where it does better than the "
                + "best epoch, or where nothing is held out.",
            Values = new NumberValues<int>(TrainerOptions.AverageCounts),
            DefaultWords = "no average",
            Get = plan => plan.Trainer.AveragedEpochs ?? 0,
            Set = (plan, value) => plan.With(plan.Trainer with { AveragedEpochs = value > 0 ? value : null }),
            IdentityName = "average",
            IsLeftOut = true,
            IsThere = plan => plan.Trainer.AveragedEpochs is not null,
        },
        .. CountsSettings.All,
    ];

    private static TrainingPlan With(this TrainingPlan plan, TrainerOptions trainer) => plan with { Trainer = trainer };
}
