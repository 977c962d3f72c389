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
    /// <summary>Rows of a minibatch, 1 to 65,536; 32 by default.</summary>
    public int BatchSize
    {
        get;
        init => field = InRange(nameof(BatchSize), value, 65536);
    } = 32;

    /// <summary>Time steps of a minibatch, 1 to 65,536; 35 by default.</summary>
    public int Steps
    {
        get;
        init => field = InRange(nameof(Steps), value, 65536);
    } = 35;

    /// <summary>Passes over the text, 1 to 1,000,000; 500 by default.</summary>
    public int Epochs
    {
        get;
        init => field = InRange(nameof(Epochs), value, 1_000_000);
    } = 500;

    /// <summary>Learning rate of stochastic gradient descent, above 0 and at most 1,000; 1 by default.</summary>
    public double LearningRate
    {
        get;
        init => field = Positive(nameof(LearningRate), value, 1000);
    } = 1;

    /// <summary>Largest global norm of the gradient, above 0 and at most 1,000,000; null for no clipping; 1 by default.</summary>
    public double? ClipNorm
    {
        get;
        init => field = value is { } norm ? Positive(nameof(ClipNorm), norm, 1_000_000) : null;
    } = 1;

    /// <summary>The order of minibatches; sequential by default.</summary>
    public SamplerKind Sampler { get; init; }

    /// <summary>Seed of the offsets and orders of minibatches; 1 by default.</summary>
    public ulong Seed { get; init; } = 1;

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
