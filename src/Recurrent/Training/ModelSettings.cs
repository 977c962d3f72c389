using Recurrent.Models;
using Recurrent.Ranges;
using Recurrent.Training.Settings;

namespace Recurrent.Training;

/// <summary>The settings of the model, a row each. The model file has them in its configuration.</summary>
internal static class ModelSettings
{
    /// <summary>The kinds of model whose networks may train beside others.</summary>
    public static IReadOnlyList<string> Combined { get; } =
    [.. LanguageModel.Kinds.Where(kind => kind != RnnFromScratch.Kind)];

    /// <summary>The kind of model, or the kinds of several networks.</summary>
    public static Setting<TrainingPlan, string> Kind { get; } =
        new()
        {
            Name = "model",
            Option = "--model",
            Alias = "-m",
            Group = SettingGroup.Model,
            Description =
                "The kind of model: rnn-scratch is the network that chapter 8 of Dive into Deep Learning "
                + "builds from scratch; the others have fused layers. Several, as in gru,lstm, are networks that "
                + "predict together, as with --networks.",
            Values = new KindValues(),
            Default = "gru",
            Get = plan => string.Join(KindValues.Separator, [plan.Model.Kind, .. plan.FurtherKinds]),
            Set = WithKinds,
            IdentityName = "further kinds",
            Identity = plan => string.Join(KindValues.Separator, plan.FurtherKinds),
            IsThere = plan => plan.FurtherKinds.Count > 0,
            IsLeftOut = true,
        };

    /// <summary>How much is dropped while training: the only one that may change in a trained model.</summary>
    public static Setting<TrainingPlan, double> Dropout { get; } =
        new()
        {
            Name = "dropout",
            Option = "--dropout",
            Group = SettingGroup.Model,
            Description = "Probability of dropping a value between layers and before the output, while training.",
            Values = new NumberValues<double>(Within.Fraction),
            DefaultWords = "fitted to the text",
            Refusal = NotOfScratch,
            Get = plan => plan.Model.Dropout,
            Set = (plan, value) => plan.With(plan.Model with { Dropout = value }),
            IsThere = _ => false,
        };

    /// <summary>The rows of the tables of context features.</summary>
    public static Setting<TrainingPlan, int> Features { get; } =
        new()
        {
            Name = "features",
            Option = "--features",
            Group = SettingGroup.Model,
            Description =
                "Add learned vectors of the last 2, 3 and 4 tokens and of words to the embedding, from tables of so "
                + $"many rows; {ContextFeatures.UsualRows} if it is given alone, 0 for none.",
            Values = new NumberValues<int>(Within.From(0, ContextFeatures.MaxRows)),
            WithoutValue = $"{ContextFeatures.UsualRows}",
            Default = 0,
            Refusal = NotOfScratch,
            Get = plan => plan.Model.Features?.Rows ?? 0,
            Set = (plan, value) =>
                plan.With(
                    plan.Model with
                    {
                        Features = value > 0 ? (plan.Model.Features ?? new()) with { Rows = value } : null,
                    }
                ),
            IsThere = _ => false,
        };

    /// <summary>The networks that are trained one after another.</summary>
    public static Setting<TrainingPlan, int> Networks { get; } =
        new()
        {
            Name = "networks",
            Option = "--networks",
            Group = SettingGroup.Model,
            Description =
                "Train so many networks, one after another and each from a seed of its own, that predict together as "
                + "their geometric mean; they share the time of --budget.",
            Values = new NumberValues<int>(TrainingPlan.NetworkCounts),
            Default = 1,
            Get = plan => plan.Networks,
            Set = (plan, value) => plan with { Networks = value },
            IdentityName = "networks",
            IsThere = plan => plan.Networks > 1,
            IsLeftOut = true,
        };

    /// <summary>Every row, in the order of the help.</summary>
    public static IReadOnlyList<Setting<TrainingPlan>> All { get; } =
    [
        Kind,
        new Setting<TrainingPlan, int>
        {
            Name = "hidden",
            Option = "--hidden",
            Group = SettingGroup.Model,
            Description = "Hidden units of each layer and direction.",
            Values = new NumberValues<int>(ModelConfiguration.HiddenSizes),
            DefaultWords = "fitted to the text",
            Get = plan => plan.Model.HiddenSize,
            Set = (plan, value) => plan.With(plan.Model with { HiddenSize = value }),
            IsThere = _ => false,
        },
        new Setting<TrainingPlan, int>
        {
            Name = "layers",
            Option = "--layers",
            Group = SettingGroup.Model,
            Description = "Recurrent layers, stacked.",
            Values = new NumberValues<int>(ModelConfiguration.LayerCounts),
            Default = 1,
            Refusal = NotOfScratch,
            Get = plan => plan.Model.Layers,
            Set = (plan, value) => plan.With(plan.Model with { Layers = value }),
            IsThere = _ => false,
        },
        Dropout,
        new Setting<TrainingPlan, int>
        {
            Name = "embedding",
            Option = "--embedding",
            Group = SettingGroup.Model,
            Description = "Length of each token's learned vector; 0 for one-hot input.",
            Values = new NumberValues<int>(ModelConfiguration.EmbeddingSizes),
            Default = 64,
            Refusal = NotOfScratch,
            Get = plan => plan.Model.EmbeddingSize,
            Set = (plan, value) => plan.With(plan.Model with { EmbeddingSize = value }),
            IsThere = _ => false,
        },
        Features,
        new Setting<TrainingPlan, bool>
        {
            Name = "tied",
            Option = "--tied",
            Group = SettingGroup.Model,
            Description = "Use the embedding's vectors as the output's weights.",
            Values = new FlagValues(),
            Refusal = NotOfScratch,
            Get = plan => plan.Model.TiedWeights,
            Set = (plan, value) => plan.With(plan.Model with { TiedWeights = value }),
            IsThere = _ => false,
        },
        new Setting<TrainingPlan, bool>
        {
            Name = "bidirectional",
            Option = "--bidirectional",
            Group = SettingGroup.Model,
            Description = "Read the text in both directions. Such a model looks ahead, so it cannot generate.",
            Values = new FlagValues(),
            Refusal = NotOfScratch,
            Get = plan => plan.Model.Bidirectional,
            Set = (plan, value) => plan.With(plan.Model with { Bidirectional = value }),
            IsThere = _ => false,
        },
        new Setting<TrainingPlan, double>
        {
            Name = "sigma",
            Option = "--sigma",
            Group = SettingGroup.Model,
            Description = "Standard deviation of normally distributed initial weights; 0 for the kind's usual ones.",
            Values = new NumberValues<double>(Within.From(0, ModelConfiguration.MaxInitialDeviation)),
            Default = 0,
            Refusal = NotOfScratch,
            Get = plan => plan.Model.InitialDeviation ?? 0,
            Set = (plan, value) => plan.With(plan.Model with { InitialDeviation = value > 0 ? value : null }),
            IsThere = _ => false,
        },
        Networks,
    ];

    private static TrainingPlan With(this TrainingPlan plan, ModelConfiguration model) => plan with { Model = model };

    /// <summary>The number of networks that some kinds are at least.</summary>
    public static int NetworksOf(string kinds) => kinds.Split(KindValues.Separator).Length;

    private static TrainingPlan WithKinds(TrainingPlan plan, string kinds)
    {
        var (first, further) = kinds.Split(KindValues.Separator) is [var one, .. var others] ? (one, others) : default;
        return WithKind(plan, first) with
        {
            FurtherKinds = further,
            Networks = Math.Max(plan.Networks, 1 + further.Length),
        };
    }

    /// <summary>A plan for another kind of model; the network from scratch takes the sizes alone.</summary>
    private static TrainingPlan WithKind(TrainingPlan plan, string kind) =>
        plan.With(
            kind == RnnFromScratch.Kind
                ? new ModelConfiguration
                {
                    Kind = kind,
                    VocabularySize = plan.Model.VocabularySize,
                    HiddenSize = plan.Model.HiddenSize,
                }
                : plan.Model with
                {
                    Kind = kind,
                }
        );

    private static string? NotOfScratch(SettingChoices choices)
    {
        return choices.Kind == RnnFromScratch.Kind
            ? $"is not for {RnnFromScratch.Kind}, the network of Dive into Deep Learning as it is; "
                + $"choose another --model: {string.Join(", ", Combined.SkipLast(1))} or {Combined[^1]}"
            : null;
    }

    /// <summary>A kind of model, or those of several networks with commas between.</summary>
    private sealed class KindValues : SettingValues<string>
    {
        public const char Separator = ',';

        public override string Placeholder => string.Join('|', LanguageModel.Kinds);

        public override string Expected => string.Join(" or ", LanguageModel.Kinds);

        public override string ExpectedFor(string text) =>
            text.Contains(Separator, StringComparison.Ordinal)
                ? $"at most {TrainingPlan.MaxNetworks} of {string.Join(", ", Combined)}, as in gru,lstm"
                : Expected;

        public override bool TryParse(string text, out string value)
        {
            value = text;
            return LanguageModel.Kinds.Contains(text)
                || (
                    text.Split(Separator) is { Length: <= TrainingPlan.MaxNetworks } kinds
                    && kinds.All(kind => Combined.Contains(kind))
                );
        }

        public override string Format(string value) => value;
    }
}
