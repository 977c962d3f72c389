using Recurrent.Kernels;

namespace Recurrent.Optimizing;

/// <summary>The learning rate from minibatch to minibatch.</summary>
public sealed class LearningRateSchedule
{
    /// <summary>Epochs without a fall of the loss after which <see cref="ScheduleKind.Plateau"/> halves the rate.</summary>
    public const int PlateauPatience = 3;

    private const double LeastFall = 1e-4; // of the loss, relative: less is no fall

    private readonly ScheduleKind _kind;
    private readonly double _rate;
    private readonly double _final;
    private readonly int _warmup;

    /// <summary>Plans the learning rate of a training.</summary>
    /// <param name="kind">How it changes.</param>
    /// <param name="rate">The full learning rate.</param>
    /// <param name="final">What is left of it in the end, as a fraction of it.</param>
    /// <param name="warmup">Minibatches over which it first rises from nothing.</param>
    public LearningRateSchedule(ScheduleKind kind, double rate, double final, int warmup) =>
        (_kind, _rate, _final, _warmup) = (kind, rate, final, warmup);

    /// <summary>What remains of the learning rate after the halvings, 1 at first.</summary>
    internal double Scale { get; set; } = 1;

    /// <summary>The lowest loss so far; infinite before the first.</summary>
    internal double LowestLoss { get; set; } = double.PositiveInfinity;

    /// <summary>Epochs since the loss fell.</summary>
    internal int EpochsWithoutFall { get; set; }

    /// <summary>The learning rate of a minibatch.</summary>
    /// <param name="minibatch">Minibatches before it, over all epochs.</param>
    /// <param name="progress">How much of the training is done, 0 to 1.</param>
    public double RateAt(long minibatch, double progress)
    {
        var factor = _kind switch
        {
            ScheduleKind.Exponential => PortableMath.Exp(progress * PortableMath.Log(_final)),
            ScheduleKind.Cosine => _final
                + ((1 - _final) * (1 + PortableMath.CosineOfHalfTurn(progress)) / 2),
            _ => Scale,
        };
        var warm = minibatch < _warmup ? (minibatch + 1.0) / (_warmup + 1.0) : 1;
        return _rate * factor * warm;
    }

    /// <summary>Tells of an epoch's loss, which <see cref="ScheduleKind.Plateau"/> follows.</summary>
    /// <param name="loss">On the validation text or, without one, on the training text.</param>
    public void EndEpoch(double loss)
    {
        if (_kind != ScheduleKind.Plateau)
        {
            return;
        }
        if (loss < LowestLoss * (1 - LeastFall))
        {
            (LowestLoss, EpochsWithoutFall) = (loss, 0);
        }
        else if (++EpochsWithoutFall >= PlateauPatience)
        {
            (Scale, EpochsWithoutFall) = (Math.Max(Scale / 2, _final), 0);
        }
    }
}
