using Recurrent.Ranges;

namespace Recurrent.Layers;

/// <summary>The sizes of <see cref="RecurrentLayers"/> and the rest of what their constructor takes, checked.</summary>
internal sealed record RecurrentOptions
{
    /// <summary>The largest accepted <see cref="HiddenSize"/>.</summary>
    public const int MaxHiddenSize = 16384;

    /// <summary>The largest accepted number of <see cref="Layers"/>.</summary>
    public const int MaxLayers = 64;

    /// <summary>The largest accepted <see cref="InitialDeviation"/>.</summary>
    public const double MaxInitialDeviation = 100;

    internal static readonly Bounds<int> HiddenSizes = Within.From(1, MaxHiddenSize);
    internal static readonly Bounds<int> LayerCounts = Within.From(1, MaxLayers);
    internal static readonly Bounds<double> Deviations = Within.Above(0, MaxInitialDeviation);

    /// <summary>What to do instead of an initial deviation that cannot be.</summary>
    internal const string UsualDeviation = "leave it null for PyTorch's initial values";

    /// <summary>
    /// Length of an input vector I, or entries of the vocabulary that one-hot input is of; at least 1.
    /// </summary>
    public required int InputSize
    {
        get;
        init => field = Within.AtLeast(1).Require(nameof(InputSize), value);
    }

    /// <summary>Hidden units H of each layer and direction, 1 to 16,384.</summary>
    public required int HiddenSize
    {
        get;
        init => field = HiddenSizes.Require(nameof(HiddenSize), value);
    }

    /// <summary>Layers L, each reading what the one below gives, 1 to 64; 1 by default.</summary>
    public int Layers
    {
        get;
        init => field = LayerCounts.Require(nameof(Layers), value);
    } = 1;

    /// <summary>
    /// Whether each layer reads the sequence from both ends, with D = 2 sets of weights; false by default. Its output
    /// at a step then depends on later steps too.
    /// </summary>
    public bool Bidirectional { get; init; }

    /// <summary>
    /// Probability that a value between two layers is dropped while training, 0 or more and below 1; 0 by default.
    /// </summary>
    public double Dropout
    {
        get;
        init => field = Within.Fraction.Require(nameof(Dropout), value);
    }

    /// <summary>
    /// Standard deviation σ of the initial weights, drawn from N(0, σ²) with biases of zero, above 0 and at most 100;
    /// null, the default, for PyTorch's way: weights and biases from U(−1/√H, 1/√H).
    /// </summary>
    public double? InitialDeviation
    {
        get;
        init => field = Deviations.Require(nameof(InitialDeviation), value, UsualDeviation);
    }

    /// <summary>Directions D: 2 for a bidirectional network, else 1.</summary>
    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>Length of an output vector, D·H.</summary>
    public int OutputSize => Directions * HiddenSize;
}
