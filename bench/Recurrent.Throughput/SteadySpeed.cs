using System.Runtime;

namespace Recurrent.Throughput;

/// <summary>Measures something that is repeated, once the runtime has settled on its machine code.</summary>
/// <remarks>
/// It warms up until nothing was compiled during a slice, because the compiler works beside the program and has its
/// share of the processor's time. bench/compare.py builds other commits with this file in place of theirs, and sets
/// how many slices it takes and whether their time is that of the clock or the processor's, which other programs on
/// the machine change less.
/// </remarks>
internal static class SteadySpeed
{
    private const double StillRising = 1.03;
    private static readonly int s_slices = int.Parse(Environment.GetEnvironmentVariable("THROUGHPUT_SLICES") ?? "5");
    private static readonly bool s_processorTime =
        Environment.GetEnvironmentVariable("THROUGHPUT_CLOCK") == "processor";
    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan s_leastWarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_mostWarmUp = TimeSpan.FromSeconds(6);

    /// <summary>Units per second: the median of several slices after warming up.</summary>
    /// <param name="turn">Does a little of the work and returns its units and its time.</param>
    public static double Measure(Func<(double Units, TimeSpan Time)> turn)
    {
        var (best, warm) = (0.0, TimeSpan.Zero);
        while (true)
        {
            var compiled = JitInfo.GetCompiledMethodCount();
            var (rate, time) = Slice(turn);
            warm += time;
            var isSteady = rate <= best * StillRising && compiled == JitInfo.GetCompiledMethodCount();
            if (warm >= s_leastWarmUp && (isSteady || warm >= s_mostWarmUp))
            {
                break;
            }
            best = Math.Max(best, rate);
        }
        return Median.Of(Enumerable.Range(0, s_slices).Select(_ => Slice(turn).Rate));
    }

    private static (double Rate, TimeSpan Time) Slice(Func<(double Units, TimeSpan Time)> turn)
    {
        var (units, time) = (0.0, TimeSpan.Zero);
        while (time < s_slice)
        {
            var before = Environment.CpuUsage.TotalTime;
            var (more, took) = turn();
            units += more;
            time += s_processorTime ? Environment.CpuUsage.TotalTime - before : took;
        }
        return (units / time.TotalSeconds, time);
    }
}
