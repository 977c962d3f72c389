using Recurrent.Batching;
using Recurrent.Optimizing;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>The settings of a training run; by default those of <em>Dive into Deep Learning</em>, chapter 8.</summary>
/// <example>
/// <code>
/// var options = new TrainerOptions
/// {
///     Optimizer = OptimizerKind.Adam,
///     LearningRate = 0.002,
///     Epochs = 20,
///     Validation = 0.1, // the end of the text
///     Patience = 3,
/// };
/// </code>
/// </example>
public sealed record TrainerOptions
{
    /// <summary>The largest accepted <see cref="BatchSize"/>.</summary>
    public const int MaxBatchSize = 65_536;

    /// <summary>The largest accepted <see cref="Steps"/>.</summary>
    public const int MaxSteps = 65_536;

    /// <summary>The largest accepted <see cref="LocalSteps"/>.</summary>
    public const int MaxLocalSteps = 1_000_000;

    /// <summary>The largest accepted <see cref="OuterRate"/>.</summary>
    public const double MaxOuterRate = 10;

    /// <summary>The largest accepted <see cref="Epochs"/>.</summary>
    public const int MaxEpochs = 1_000_000;

    /// <summary>The largest accepted <see cref="LearningRate"/>.</summary>
    public const double MaxLearningRate = 1000;

    /// <summary>The largest accepted <see cref="ClipNorm"/> and <see cref="ClipValue"/>.</summary>
    public const double MaxClipNorm = 1_000_000;

    /// <summary>The largest accepted <see cref="WarmupUpdates"/>.</summary>
    public const int MaxWarmupUpdates = 1_000_000_000;

    /// <summary>The largest accepted <see cref="AveragedEpochs"/>.</summary>
    public const int MaxAveragedEpochs = 100;

    /// <summary>The largest fraction accepted as <see cref="Validation"/>.</summary>
    public const double MaxValidation = 0.5;

    // The ranges, for these properties as for the options of the command line.
    internal static readonly Bounds<int> BatchSizes = Within.From(1, MaxBatchSize);
    internal static readonly Bounds<int> ShardCounts = Within.From(1, MaxBatchSize);
    internal static readonly Bounds<int> LocalStepCounts = Within.From(1, MaxLocalSteps);
    internal static readonly Bounds<double> OuterRates = Within.Above(0, MaxOuterRate);
    internal static readonly Bounds<int> StepCounts = Within.From(1, MaxSteps);
    internal static readonly Bounds<int> EpochCounts = Within.From(1, MaxEpochs);
    internal static readonly Bounds<int> AverageCounts = Within.From(2, MaxAveragedEpochs);
    internal static readonly Bounds<long> TokenCounts = Within.AtLeast(1L);
    internal static readonly Bounds<int> WarmupCounts = Within.From(0, MaxWarmupUpdates);
    internal static readonly Bounds<double> LearningRates = Within.Above(0, MaxLearningRate);
    internal static readonly Bounds<double> FinalRates = Within.Above(0, 1.0);
    internal static readonly Bounds<double> ClipBounds = Within.Above(0, MaxClipNorm);

    private const double MostWhole = 1L << 53; // the numbers up to it are exact

    private static readonly TimeSpan s_maxBudget = TimeSpan.FromDays(1000);

    private readonly double? _learningRate;
    private readonly double? _weightDecay;

    /// <summary>Rows of a minibatch, 1 to 65,536; 32 by default.</summary>
    public int BatchSize
    {
        get;
        init => field = BatchSizes.Require(nameof(BatchSize), value);
    } = 32;

    /// <summary>
    /// Parts into which the rows of a minibatch are divided evenly, 1 to <see cref="BatchSize"/> and a divisor of it; 1
    /// by default. Gradients are added up within each and then over all in a fixed order, and dropout draws for each,
    /// so that any number of <see cref="TrainingParts.Ranks"/> that share them out trains the same model. Another
    /// number of shards is another rounding.
    /// </summary>
    public int Shards
    {
        get;
        init => field = ShardCounts.Require(nameof(Shards), value);
    } = 1;

    /// <summary>
    /// Minibatches that each shard trains on by itself, with weights and an optimiser's memory of its own, before all
    /// take up the mean of what they have learned, 1 to 1,000,000; null, none, by default. It needs two
    /// <see cref="Shards"/> or more, and is for slow networks: so many times less goes over them, and the model is
    /// another. The loss and the gradient's norm are the means of the shards', each at its own weights.
    /// </summary>
    public int? LocalSteps
    {
        get;
        init => field = LocalStepCounts.Require(nameof(LocalSteps), value, "leave it out to train together");
    }

    /// <summary>
    /// The part of what the shards have learned in <see cref="LocalSteps"/> that the model follows, above 0 and at most
    /// 10; 0.7 by default.
    /// </summary>
    public double OuterRate
    {
        get;
        init => field = OuterRates.Require(nameof(OuterRate), value);
    } = 0.7;

    /// <summary>
    /// The part of what was learned before that it goes on with after each <see cref="LocalSteps"/>, as Nesterov's
    /// momentum has it, 0 or more and below 1; 0.9 by default.
    /// </summary>
    public double OuterMomentum
    {
        get;
        init => field = Within.Fraction.Require(nameof(OuterMomentum), value);
    } = 0.9;

    /// <summary>Time steps of a minibatch, 1 to 65,536; 35 by default.</summary>
    public int Steps
    {
        get;
        init => field = StepCounts.Require(nameof(Steps), value);
    } = 35;

    /// <summary>Passes over the text, 1 to 1,000,000; 500 by default.</summary>
    public int Epochs
    {
        get;
        init => field = EpochCounts.Require(nameof(Epochs), value);
    } = 500;

    /// <summary>
    /// Time after which the run ends even if there are epochs left, above 0 and at most 1,000 days; null, none,
    /// by default. The schedule then follows the time, so that the learning rate has come down when it is over. How
    /// many minibatches that is, and so the weights, depend on the machine.
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
    /// Full learning rate, above 0 and at most 1,000; by default 1 for stochastic gradient descent, 0.003 for Adam
    /// and AdamW, 0.002 for RMSProp, 0.01 for Muon.
    /// </summary>
    public double LearningRate
    {
        get => _learningRate ?? OptimizerRule.Of(Optimizer).LearningRate;
        init => _learningRate = LearningRates.Require(nameof(LearningRate), value);
    }

    /// <summary>Momentum of stochastic gradient descent, 0 or more and below 1; 0, none, by default.</summary>
    public double Momentum
    {
        get;
        init => field = Within.Fraction.Require(nameof(Momentum), value);
    }

    /// <summary>
    /// Weight decay λ, 0 or more and below 1; by default 0.01 for AdamW and Muon, and 0, none, for the others. These
    /// two shrink the weights by it; the others add λ·w to the gradient.
    /// </summary>
    public double WeightDecay
    {
        get => _weightDecay ?? OptimizerRule.Of(Optimizer).WeightDecay;
        init => _weightDecay = Within.Fraction.Require(nameof(WeightDecay), value);
    }

    /// <summary>
    /// β₂ of Adam, AdamW and Muon, 0 or more and below 1: how long they remember squared gradients; 0.999 by default.
    /// </summary>
    public double Beta2
    {
        get;
        init => field = Within.Fraction.Require(nameof(Beta2), value);
    } = Adam.UsualBeta2;

    /// <summary>The change of the learning rate over the run; constant by default.</summary>
    public ScheduleKind Schedule { get; init; }

    /// <summary>
    /// Updates over which the learning rate first rises from nothing, 0 to 1,000,000,000; 0 by default.
    /// </summary>
    public int WarmupUpdates
    {
        get;
        init => field = WarmupCounts.Require(nameof(WarmupUpdates), value);
    }

    /// <summary>
    /// The part of the learning rate that the schedule leaves at the end, as a fraction of it above 0 and at most 1;
    /// 0.01 by default.
    /// </summary>
    public double FinalRate
    {
        get;
        init => field = FinalRates.Require(nameof(FinalRate), value);
    } = 0.01;

    /// <summary>
    /// Largest global norm of the gradient, above 0 and at most 1,000,000; null for no clipping; 1 by default.
    /// </summary>
    public double? ClipNorm
    {
        get;
        init => field = ClipBounds.Require(nameof(ClipNorm), value);
    } = 1;

    /// <summary>
    /// Largest magnitude of each value of the gradient, above 0 and at most 1,000,000; null, none, by default. It
    /// comes before <see cref="ClipNorm"/>.
    /// </summary>
    public double? ClipValue
    {
        get;
        init => field = ClipBounds.Require(nameof(ClipValue), value);
    }

    /// <summary>The order of minibatches; sequential by default.</summary>
    public SamplerKind Sampler { get; init; }

    /// <summary>
    /// What of the text, at its end, the model is not trained but measured on after each epoch: as a fraction, 0 to
    /// 0.5, or as a number of tokens, which is whole and at least 2; 0, none, by default.
    /// </summary>
    public double Validation
    {
        get;
        init =>
            field = IsValidation(value)
                ? value
                : throw new ArgumentOutOfRangeException(
                    nameof(Validation),
                    $"Validation is {Bounds<double>.Text(value)} and must be {ExpectedValidation}."
                );
    }

    /// <summary>
    /// Whether the tokens of <see cref="Validation"/> are lines drawn by chance, in place of the end of the text; false
    /// by default. The lines follow from the seed. A <see cref="TrainingSession"/> draws them, for a text in whose
    /// tokens line ends are.
    /// </summary>
    public bool ValidationLines { get; init; }

    /// <summary>
    /// Tokens of an epoch after which the model is measured on the validation text, at least 1, besides at its end;
    /// null, at its end alone, by default. The best model is then the best of all these moments.
    /// </summary>
    public long? ValidateEvery
    {
        get;
        init => field = TokenCounts.Require(nameof(ValidateEvery), value, "leave it out for the ends of epochs");
    }

    /// <summary>
    /// The number of last epochs whose weights are averaged at the end of the run, 2 to 100; null, none, by default.
    /// The average is the model where it does better on the validation text than the best epoch, or without one.
    /// </summary>
    public int? AveragedEpochs
    {
        get;
        init => field = AverageCounts.Require(nameof(AveragedEpochs), value, "leave it out for no average");
    }

    /// <summary>
    /// Epochs without a new lowest validation loss after which the run ends, 1 to 1,000,000; null, never, by
    /// default.
    /// </summary>
    public int? Patience
    {
        get;
        init => field = EpochCounts.Require(nameof(Patience), value, "leave it out for no limit");
    }

    /// <summary>Seed of the offsets and orders of minibatches, and of what dropout drops; 1 by default.</summary>
    public long Seed { get; init; } = 1;

    /// <exception cref="ArgumentException">
    /// The shards do not divide the batch, or are too few for local steps.
    /// </exception>
    internal void RequireShards(int batch)
    {
        if (LocalSteps is not null && Shards < 2)
        {
            throw new ArgumentException(
                $"Each shard takes local steps, and there is {Shards}; choose 2 shards or more, or no local steps."
            );
        }
        if (batch % Shards != 0)
        {
            var fewer = Enumerable.Range(1, Math.Min(Shards, batch)).Last(shards => batch % shards == 0);
            throw new ArgumentException(
                $"{Shards} shards do not divide a batch of {batch}; choose {fewer}, or a batch that is a multiple of "
                    + $"{Shards}."
            );
        }
    }

    /// <summary>Makes the sampler that these settings describe.</summary>
    internal BatchSampler CreateSampler() =>
        Sampler == SamplerKind.Sequential
            ? new SequentialPartition(BatchSize, Steps)
            : new RandomSampling(BatchSize, Steps);

    /// <summary>The number of a text's tokens, at its end, that are its validation text.</summary>
    /// <param name="tokens">Tokens of the whole text.</param>
    /// <returns>0 without validation, otherwise at least 2.</returns>
    /// <exception cref="ArgumentException">
    /// The validation text would have fewer than 2 tokens, or there is nothing to validate on and a
    /// setting that needs it.
    /// </exception>
    internal long ValidationTokens(long tokens)
    {
        if (Validation == 0)
        {
            var needed =
                Patience is not null ? $"A patience of {Patience} epochs"
                : ValidateEvery is not null ? $"Validation every {Sentences.Amount(ValidateEvery.Value, "tokens")}"
                : null;
            return needed is null
                ? 0
                : throw new ArgumentException(
                    $"{needed} needs a validation text; set Validation, to 0.1 for instance."
                );
        }
        var count = HeldOut(tokens, Validation);
        if (count > tokens / 2)
        {
            throw new ArgumentException(
                $"{Sentences.Amount(count, "tokens")} for validation are more than half of the text's {tokens:#,0}; "
                    + "use a longer text or fewer of them.",
                nameof(tokens)
            );
        }
        return count >= 2
            ? count
            : throw new ArgumentException(
                $"A fraction of {Validation} of {Sentences.Amount(tokens, "tokens")} is {count} for validation "
                    + "and at least 2 are needed; use a longer text or a larger fraction.",
                nameof(tokens)
            );
    }

    /// <summary>What <see cref="Validation"/> may be, in words.</summary>
    internal static string ExpectedValidation =>
        $"a fraction from 0 to {MaxValidation}, or a whole number of tokens of at least 2";

    /// <summary>Whether a number may be <see cref="Validation"/>.</summary>
    internal static bool IsValidation(double value) =>
        value is >= 0 and <= MaxValidation || (value is >= 2 and <= MostWhole && double.IsInteger(value));

    /// <summary>The tokens at the end of a text that its validation text is; of a fraction, rounded down.</summary>
    internal static long HeldOut(long tokens, double validation) => (long)WantedOf(tokens, validation);

    /// <summary>The tokens that a validation text is to have, in fractions.</summary>
    internal static double WantedOf(long tokens, double validation) =>
        validation > MaxValidation ? validation : tokens * validation;

    /// <summary>Makes the optimiser that these settings describe.</summary>
    internal Optimizer CreateOptimizer(IReadOnlyList<Parameter> parameters) =>
        OptimizerRule.Of(Optimizer).Create(parameters, new(Momentum, Beta2, WeightDecay));

    /// <summary>Makes the schedule that these settings describe.</summary>
    internal LearningRateSchedule CreateSchedule() =>
        LearningRateSchedule.Create(Schedule, LearningRate, FinalRate, WarmupUpdates);
}

/// <summary>The order in which minibatches read a text.</summary>
public enum SamplerKind
{
    /// <summary>Each row of a minibatch continues the row before it; the state is carried along.</summary>
    Sequential,

    /// <summary>Windows in random order; each minibatch starts from the initial state.</summary>
    Random,
}
