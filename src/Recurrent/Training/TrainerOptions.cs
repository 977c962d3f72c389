using Recurrent.Batching;
using Recurrent.Optimizing;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>The settings of a training; by default those of <em>Dive into Deep Learning</em>, chapter 8.</summary>
public sealed record TrainerOptions
{
    /// <summary>The largest accepted <see cref="BatchSize"/>.</summary>
    public const int MaxBatchSize = 65_536;

    /// <summary>The largest accepted <see cref="Steps"/>.</summary>
    public const int MaxSteps = 65_536;

    /// <summary>The largest accepted <see cref="Epochs"/>.</summary>
    public const int MaxEpochs = 1_000_000;

    /// <summary>The largest accepted <see cref="LearningRate"/>.</summary>
    public const double MaxLearningRate = 1000;

    /// <summary>The largest accepted <see cref="ClipNorm"/> and <see cref="ClipValue"/>.</summary>
    public const double MaxClipNorm = 1_000_000;

    /// <summary>The largest accepted <see cref="WarmupSteps"/>.</summary>
    public const int MaxWarmupSteps = 1_000_000_000;

    /// <summary>The largest accepted <see cref="Validation"/>.</summary>
    public const double MaxValidation = 0.5;

    private static readonly TimeSpan s_maxBudget = TimeSpan.FromDays(1000);

    private readonly double? _learningRate;
    private readonly double? _weightDecay;

    /// <summary>Rows of a minibatch, 1 to 65,536; 32 by default.</summary>
    public int BatchSize
    {
        get;
        init => field = InRange(nameof(BatchSize), value, MaxBatchSize);
    } = 32;

    /// <summary>Time steps of a minibatch, 1 to 65,536; 35 by default.</summary>
    public int Steps
    {
        get;
        init => field = InRange(nameof(Steps), value, MaxSteps);
    } = 35;

    /// <summary>Passes over the text, 1 to 1,000,000; 500 by default.</summary>
    public int Epochs
    {
        get;
        init => field = InRange(nameof(Epochs), value, MaxEpochs);
    } = 500;

    /// <summary>
    /// Time after which the training ends even if there are epochs left, above 0 and at most 1,000 days; null, none, by default.
    /// The schedule then follows the time, so that the learning rate has come down when it is over. How many minibatches that
    /// is, and so the weights, depend on the machine.
    /// </summary>
    public TimeSpan? Budget
    {
        get;
        init =>
            field =
                value is null || (value > TimeSpan.Zero && value <= s_maxBudget)
                    ? value
                    : throw new ArgumentOutOfRangeException(
                        nameof(Budget),
                        value,
                        $"Budget must be above 0 and at most {s_maxBudget.Days} days."
                    );
    }

    /// <summary>The rule by which weights follow their gradients; stochastic gradient descent by default.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>
    /// Full learning rate, above 0 and at most 1,000; by default 1 for stochastic gradient descent, 0.003 for Adam and AdamW,
    /// 0.002 for RMSProp.
    /// </summary>
    public double LearningRate
    {
        get => _learningRate ?? UsualRate(Optimizer);
        init => _learningRate = Positive(nameof(LearningRate), value, MaxLearningRate);
    }

    /// <summary>Momentum of stochastic gradient descent, 0 or more and below 1; 0, none, by default.</summary>
    public double Momentum
    {
        get;
        init => field = Fraction(nameof(Momentum), value);
    }

    /// <summary>
    /// Weight decay λ, 0 or more and below 1; by default 0.01 for AdamW and 0, none, for the others. AdamW shrinks the weights
    /// by it; the others add λ·w to the gradient.
    /// </summary>
    public double WeightDecay
    {
        get => _weightDecay ?? (Optimizer == OptimizerKind.AdamW ? 0.01 : 0);
        init => _weightDecay = Fraction(nameof(WeightDecay), value);
    }

    /// <summary>How the learning rate changes over the training; constant by default.</summary>
    public ScheduleKind Schedule { get; init; }

    /// <summary>Minibatches over which the learning rate first rises from nothing, 0 to 1,000,000,000; 0 by default.</summary>
    public int WarmupSteps
    {
        get;
        init =>
            field = value is >= 0 and <= MaxWarmupSteps
                ? value
                : throw new ArgumentOutOfRangeException(
                    nameof(WarmupSteps),
                    value,
                    $"WarmupSteps must be 0 to {MaxWarmupSteps}."
                );
    }

    /// <summary>
    /// What the schedule leaves of the learning rate in the end, as a fraction of it above 0 and at most 1; 0.01 by default.
    /// </summary>
    public double FinalRate
    {
        get;
        init => field = Positive(nameof(FinalRate), value, 1);
    } = 0.01;

    /// <summary>Largest global norm of the gradient, above 0 and at most 1,000,000; null for no clipping; 1 by default.</summary>
    public double? ClipNorm
    {
        get;
        init => field = value is { } norm ? Positive(nameof(ClipNorm), norm, MaxClipNorm) : null;
    } = 1;

    /// <summary>
    /// Largest magnitude of each value of the gradient, above 0 and at most 1,000,000; null, none, by default. It comes before
    /// <see cref="ClipNorm"/>.
    /// </summary>
    public double? ClipValue
    {
        get;
        init => field = value is { } most ? Positive(nameof(ClipValue), most, MaxClipNorm) : null;
    }

    /// <summary>The order of minibatches; sequential by default.</summary>
    public SamplerKind Sampler { get; init; }

    /// <summary>
    /// The fraction of the text, at its end, that the model is not trained but measured on after each epoch, 0 to 0.5; 0, none,
    /// by default.
    /// </summary>
    public double Validation
    {
        get;
        init =>
            field = value is >= 0 and <= MaxValidation
                ? value
                : throw new ArgumentOutOfRangeException(
                    nameof(Validation),
                    value,
                    $"Validation must be 0 to {MaxValidation}."
                );
    }

    /// <summary>
    /// Epochs without a new lowest validation loss after which the training ends, 1 to 1,000,000; null, never, by default.
    /// </summary>
    public int? Patience
    {
        get;
        init => field = value is { } epochs ? InRange(nameof(Patience), epochs, MaxEpochs) : null;
    }

    /// <summary>Seed of the offsets and orders of minibatches, and of what dropout drops; 1 by default.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Makes the sampler that these settings describe.</summary>
    public BatchSampler CreateSampler() =>
        Sampler == SamplerKind.Sequential
            ? new SequentialPartition(BatchSize, Steps)
            : new RandomSampling(BatchSize, Steps);

    /// <summary>How many of a text's tokens, at its end, are its validation text.</summary>
    /// <param name="tokens">Tokens of the whole text.</param>
    /// <returns>0 without validation, otherwise at least 2.</returns>
    /// <exception cref="ArgumentException">
    /// The validation text would have fewer than 2 tokens, or there is patience and nothing to validate on.
    /// </exception>
    public int ValidationTokens(int tokens)
    {
        if (Validation == 0)
        {
            return Patience is null
                ? 0
                : throw new ArgumentException(
                    $"A patience of {Patience} epochs needs a validation text; set Validation, to 0.1 for instance."
                );
        }
        var count = (int)(tokens * Validation);
        return count >= 2
            ? count
            : throw new ArgumentException(
                $"A fraction of {Validation} of {tokens} tokens is {count} for validation and at least 2 are needed; "
                    + "use a longer text or a larger fraction.",
                nameof(tokens)
            );
    }

    /// <summary>Makes the optimiser that these settings describe.</summary>
    /// <param name="parameters">The parameters that it is to move.</param>
    public Optimizer CreateOptimizer(IReadOnlyList<Parameter> parameters) =>
        Optimizer switch
        {
            OptimizerKind.RmsProp => new RmsProp(parameters, weightDecay: WeightDecay),
            OptimizerKind.Adam => new Adam(parameters, weightDecay: WeightDecay),
            OptimizerKind.AdamW => new Adam(parameters, weightDecay: WeightDecay, decoupled: true),
            _ => new Sgd(parameters, Momentum, WeightDecay),
        };

    /// <summary>The learning rate of an optimiser where none is given.</summary>
    /// <param name="optimizer">The optimiser.</param>
    public static double UsualRate(OptimizerKind optimizer) =>
        optimizer switch
        {
            OptimizerKind.RmsProp => 0.002,
            OptimizerKind.Adam or OptimizerKind.AdamW => 0.003,
            _ => 1,
        };

    private static double Fraction(string name, double value) =>
        value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be 0 or more and below 1.");

    private static int InRange(string name, int value, int most) =>
        value >= 1 && value <= most
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be 1 to {most}.");

    private static double Positive(string name, double value, double most) =>
        value > 0 && value <= most
            ? value
            : throw new ArgumentOutOfRangeException(
                name,
                value,
                $"{name} must be above 0 and at most {most}."
            );
}
