using Recurrent.Batching;

namespace Recurrent.Training;

/// <summary>The order in which minibatches read a text.</summary>
public enum SamplerKind
{
    /// <summary>Each row of a minibatch continues the row before it; the state is carried along.</summary>
    Sequential,

    /// <summary>Windows in random order; each minibatch starts from the initial state.</summary>
    Random,
}

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

    /// <summary>The largest accepted <see cref="ClipNorm"/>.</summary>
    public const double MaxClipNorm = 1_000_000;

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

    /// <summary>Learning rate of stochastic gradient descent, above 0 and at most 1,000; 1 by default.</summary>
    public double LearningRate
    {
        get;
        init => field = Positive(nameof(LearningRate), value, MaxLearningRate);
    } = 1;

    /// <summary>Largest global norm of the gradient, above 0 and at most 1,000,000; null for no clipping; 1 by default.</summary>
    public double? ClipNorm
    {
        get;
        init => field = value is { } norm ? Positive(nameof(ClipNorm), norm, MaxClipNorm) : null;
    } = 1;

    /// <summary>The order of minibatches; sequential by default.</summary>
    public SamplerKind Sampler { get; init; }

    /// <summary>Seed of the offsets and orders of minibatches, and of what dropout drops; 1 by default.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Makes the sampler that these settings describe.</summary>
    public BatchSampler CreateSampler() =>
        Sampler == SamplerKind.Sequential
            ? new SequentialPartition(BatchSize, Steps)
            : new RandomSampling(BatchSize, Steps);

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
