using Recurrent.Kernels.Portable;

namespace Recurrent.Optimizing;

/// <summary>
/// The learning rate from update to update. A schedule of your own overrides <see cref="FactorAt"/>; what it follows
/// of the losses is kept here, and a checkpoint of the run has it.
/// </summary>
/// <example>
/// <code>
/// var parts = new TrainingParts { Schedule = () =&gt; new Falling(0.5) };
///
/// sealed class Falling(double rate) : LearningRateSchedule(rate)
/// {
///     protected override double FactorAt(double progress) =&gt; 1 - progress;
/// }
/// </code>
/// </example>
public abstract class LearningRateSchedule
{
    /// <summary>
    /// Epochs without a fall of the loss after which <see cref="ScheduleKind.Plateau"/> halves the rate.
    /// </summary>
    public const int PlateauPatience = 3;

    private const double LeastFall = 1e-4; // of the loss, relative: less is no fall

    /// <summary>Plans the learning rate of a training run.</summary>
    /// <param name="rate">The full learning rate, finite and above 0.</param>
    /// <param name="warmup">Updates over which it first rises from nothing, 0 or more.</param>
    protected LearningRateSchedule(double rate, int warmup = 0) => (Rate, Warmup) = (rate, warmup);

    /// <summary>
    /// The name of the schedule in checkpoints and model files; the type's name in lower case unless overridden. Two
    /// schedules of one name must be able to continue each other.
    /// </summary>
    public virtual string Name => GetType().Name.ToLowerInvariant();

    /// <summary>The full learning rate.</summary>
    internal double Rate { get; }

    /// <summary>Updates over which it first rises from nothing.</summary>
    internal int Warmup { get; }

    /// <summary>The part of the learning rate that is left after the halvings, 1 at first.</summary>
    protected internal double Scale { get; set; } = 1;

    /// <summary>The lowest loss of an epoch so far; infinite before the first.</summary>
    protected internal double LowestLoss { get; set; } = double.PositiveInfinity;

    /// <summary>Epochs since the loss fell.</summary>
    protected internal int EpochsWithoutFall { get; set; }

    /// <summary>Makes one of the schedules that come with the library.</summary>
    /// <param name="kind">The change of the learning rate.</param>
    /// <param name="rate">The full learning rate.</param>
    /// <param name="final">What is left of it in the end, as a fraction of it.</param>
    /// <param name="warmup">Updates over which it first rises from nothing.</param>
    internal static LearningRateSchedule Create(ScheduleKind kind, double rate, double final, int warmup) =>
        kind switch
        {
            ScheduleKind.Exponential => new Exponential(rate, final, warmup),
            ScheduleKind.Cosine => new Cosine(rate, final, warmup),
            ScheduleKind.Plateau => new Plateau(rate, final, warmup),
            ScheduleKind.Constant => new Constant(rate, warmup),
            _ => throw new ArgumentOutOfRangeException(
                nameof(kind),
                kind,
                $"There is no schedule {kind}; choose one of {string.Join(", ", Enum.GetNames<ScheduleKind>())}."
            ),
        };

    /// <summary>The learning rate of an update.</summary>
    /// <param name="update">Updates before it, over all epochs.</param>
    /// <param name="progress">How much of the training run is done, 0 to 1.</param>
    public double RateAt(long update, double progress)
    {
        var warm = update < Warmup ? (update + 1.0) / (Warmup + 1.0) : 1;
        return Rate * FactorAt(progress) * warm;
    }

    /// <summary>Tells of an epoch's loss; a schedule that does not look at losses does nothing, as this does.</summary>
    /// <param name="loss">On the validation text or, without one, on the training text.</param>
    public virtual void EndEpoch(double loss) { }

    /// <summary>The part of the full learning rate that is taken, without the warm-up, 0 or more.</summary>
    /// <param name="progress">How much of the training run is done, 0 to 1.</param>
    protected abstract double FactorAt(double progress);

    private sealed class Constant(double rate, int warmup) : LearningRateSchedule(rate, warmup)
    {
        protected override double FactorAt(double progress) => Scale;
    }

    private sealed class Exponential(double rate, double final, int warmup) : LearningRateSchedule(rate, warmup)
    {
        protected override double FactorAt(double progress) => PortableMath.Exp(progress * PortableMath.Log(final));
    }

    private sealed class Cosine(double rate, double final, int warmup) : LearningRateSchedule(rate, warmup)
    {
        protected override double FactorAt(double progress) =>
            final + ((1 - final) * (1 + PortableMath.CosineOfHalfTurn(progress)) / 2);
    }

    private sealed class Plateau(double rate, double final, int warmup) : LearningRateSchedule(rate, warmup)
    {
        public override void EndEpoch(double loss)
        {
            if (loss < LowestLoss * (1 - LeastFall))
            {
                (LowestLoss, EpochsWithoutFall) = (loss, 0);
            }
            else if (++EpochsWithoutFall >= PlateauPatience)
            {
                (Scale, EpochsWithoutFall) = (Math.Max(Scale / 2, final), 0);
            }
        }

        protected override double FactorAt(double progress) => Scale;
    }
}

/// <summary>The way in which the learning rate goes from its full value to its last one.</summary>
public enum ScheduleKind
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls by the same factor in equal parts of the run.</summary>
    Exponential,

    /// <summary>
    /// It follows half a cosine wave: slowly, fast, slowly (Loshchilov and Hutter, https://arxiv.org/abs/1608.03983).
    /// </summary>
    Cosine,

    /// <summary>
    /// It halves whenever the loss has not fallen for <see cref="LearningRateSchedule.PlateauPatience"/> epochs.
    /// </summary>
    Plateau,
}
