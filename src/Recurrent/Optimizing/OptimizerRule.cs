using System.Globalization;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>The numbers that an optimiser may take besides the learning rate.</summary>
/// <param name="Momentum">μ of stochastic gradient descent.</param>
/// <param name="Beta2">β₂ of Adam, AdamW and Muon.</param>
/// <param name="WeightDecay">λ.</param>
internal readonly record struct OptimizerFactors(double Momentum, double Beta2, double WeightDecay);

/// <summary>A row of the list of optimisers: its name, what is usual for it, and how it is made.</summary>
/// <param name="Kind">The optimiser.</param>
/// <param name="Name">What the command line, model files and checkpoints call it.</param>
/// <param name="LearningRate">The learning rate where none is given.</param>
/// <param name="WeightDecay">The weight decay where none is given.</param>
/// <param name="Create">Makes it for some parameters.</param>
internal sealed record OptimizerRule(
    OptimizerKind Kind,
    string Name,
    double LearningRate,
    double WeightDecay,
    Func<IReadOnlyList<Parameter>, OptimizerFactors, Optimizer> Create
)
{
    /// <summary>Every optimiser, in the order of the help.</summary>
    public static IReadOnlyList<OptimizerRule> All { get; } =
    [
        new(OptimizerKind.Sgd, "sgd", 1, 0, (p, with) => new Sgd(p, with.Momentum, with.WeightDecay)),
        new(OptimizerKind.RmsProp, "rmsprop", 0.002, 0, (p, with) => new RmsProp(p, weightDecay: with.WeightDecay)),
        new(
            OptimizerKind.Adam,
            "adam",
            0.003,
            0,
            (p, with) => new Adam(p, beta2: with.Beta2, weightDecay: with.WeightDecay)
        ),
        new(
            OptimizerKind.AdamW,
            "adamw",
            0.003,
            0.01,
            (p, with) => new Adam(p, beta2: with.Beta2, weightDecay: with.WeightDecay, decoupled: true)
        ),
        new(
            OptimizerKind.Muon,
            "muon",
            0.01,
            0.01,
            (p, with) => new Muon(p, beta2: with.Beta2, weightDecay: with.WeightDecay)
        ),
    ];

    /// <summary>The row of an optimiser.</summary>
    public static OptimizerRule Of(OptimizerKind kind) => All.Single(rule => rule.Kind == kind);

    /// <summary>The usual value of each optimiser, in words: those that have the same together.</summary>
    public static string UsualOf(Func<OptimizerRule, double> usual) =>
        string.Join(
            ", ",
            All.GroupBy(usual)
                .Select(group =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{group.Key} for {Listed([.. group.Select(rule => rule.Name)])}"
                    )
                )
        );

    private static string Listed(string[] names) =>
        names.Length < 2 ? string.Concat(names) : $"{string.Join(", ", names[..^1])} and {names[^1]}";
}

/// <summary>The rules by which weights follow their gradients that come with the library.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent, with or without momentum: <see cref="Optimizing.Sgd"/>.</summary>
    Sgd,

    /// <summary><see cref="Optimizing.RmsProp"/>.</summary>
    RmsProp,

    /// <summary><see cref="Optimizing.Adam"/>.</summary>
    Adam,

    /// <summary><see cref="Optimizing.Adam"/> with decoupled weight decay.</summary>
    AdamW,

    /// <summary><see cref="Optimizing.Muon"/>.</summary>
    Muon,
}
