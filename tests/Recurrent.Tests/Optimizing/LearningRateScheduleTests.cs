using Recurrent.Optimizing;

namespace Recurrent.Tests.Optimizing;

public sealed class LearningRateScheduleTests
{
    private static LearningRateSchedule Of(ScheduleKind kind, int warmup = 0) =>
        LearningRateSchedule.Create(kind, rate: 2, final: 0.1, warmup);

    [Theory]
    [InlineData(ScheduleKind.Constant, 2, 2, 2)]
    [InlineData(ScheduleKind.Exponential, 2, 0.63245553203367588, 0.2)]
    [InlineData(ScheduleKind.Cosine, 2, 1.1, 0.2)]
    [InlineData(ScheduleKind.Plateau, 2, 2, 2)]
    public void Goes_from_the_full_rate_to_the_last(ScheduleKind kind, double first, double middle, double last)
    {
        var schedule = Of(kind);
        Assert.Equal(first, schedule.RateAt(0, 0), 1e-12);
        Assert.Equal(middle, schedule.RateAt(50, 0.5), 1e-12);
        Assert.Equal(last, schedule.RateAt(100, 1), 1e-12);
    }

    [Fact]
    public void A_cosine_falls_as_the_cosine_does()
    {
        var schedule = Of(ScheduleKind.Cosine);
        for (var i = 0; i <= 1000; i++)
        {
            var progress = i / 1000.0;
            Assert.Equal(
                2 * (0.1 + (0.9 * (1 + Math.Cos(Math.PI * progress)) / 2)),
                schedule.RateAt(i, progress),
                1e-14
            );
        }
    }

    [Fact]
    public void Warm_up_rises_in_equal_steps_to_the_full_rate()
    {
        var schedule = Of(ScheduleKind.Constant, warmup: 3);
        Assert.Equal([0.5, 1, 1.5, 2, 2], Enumerable.Range(0, 5).Select(i => schedule.RateAt(i, 0)));
    }

    [Fact]
    public void A_plateau_halves_the_rate_after_three_epochs_without_a_fall_and_never_below_the_last()
    {
        var schedule = Of(ScheduleKind.Plateau);
        double[] losses = [3, 2, 2, 1.9999, 2.5, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9, 1, 1, 1, 1, 1, 1, 1];
        List<double> rates = [];
        foreach (var loss in losses)
        {
            schedule.EndEpoch(loss);
            rates.Add(schedule.RateAt(0, 0));
        }
        Assert.Equal([2, 2, 2, 2, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2], rates);
    }

    [Fact]
    public void Other_schedules_do_not_look_at_the_loss()
    {
        var schedule = Of(ScheduleKind.Constant);
        for (var epoch = 0; epoch < 10; epoch++)
        {
            schedule.EndEpoch(1);
        }
        Assert.Equal(2, schedule.RateAt(0, 0));
    }
}
