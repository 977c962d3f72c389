namespace Recurrent.Throughput.Machine;

/// <summary>Runs the same work on several threads at once, slice after slice.</summary>
internal static class Together
{
    private const int Slices = 25;

    /// <summary>Work per second in the best slice; what else runs on the machine can only slow a slice down.</summary>
    /// <param name="threads">Threads that run at once.</param>
    /// <param name="work">The work of a slice, all threads together.</param>
    /// <param name="run">Does one thread's part of a slice; given the thread's number.</param>
    public static double BestRate<TResult>(int threads, double work, Func<int, TResult> run)
    {
        using var barrier = new Barrier(threads);
        var helpers = Enumerable.Range(1, threads - 1).Select(thread => new Thread(() => RunSlices(thread))).ToList();
        helpers.ForEach(helper => helper.Start());
        var best = RunSlices(0);
        helpers.ForEach(helper => helper.Join());
        return work / best.TotalSeconds;

        TimeSpan RunSlices(int thread)
        {
            var least = TimeSpan.MaxValue;
            for (var slice = 0; slice < Slices; slice++)
            {
                barrier.SignalAndWait();
                var start = TimeProvider.System.GetTimestamp();
                GC.KeepAlive(run(thread));
                barrier.SignalAndWait();
                var elapsed = TimeProvider.System.GetElapsedTime(start);
                least = elapsed < least ? elapsed : least;
            }
            return least;
        }
    }
}
