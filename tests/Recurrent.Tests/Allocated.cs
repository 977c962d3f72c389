namespace Recurrent.Tests;

/// <summary>Bytes that the calling thread allocates.</summary>
internal static class Allocated
{
    private const int Attempts = 12;
    private const int Pause = 150; // milliseconds; the runtime compiles again when nothing new has come for 100

    /// <summary>Allocated by an action.</summary>
    public static long By(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>
    /// Fails where a longer run always allocates something else than a shorter one. The two are compared again while
    /// they differ, because the runtime compiles what runs often a second time, and what it then keeps on the stack
    /// is not allocated any more.
    /// </summary>
    public static void AssertSame(Func<long> shorter, Func<long> longer)
    {
        var (few, many) = (0L, 1L);
        for (var attempt = 0; attempt < Attempts && few != many; attempt++)
        {
            if (attempt > 0)
            {
                Thread.Sleep(Pause);
            }
            (few, many) = (shorter(), longer());
            Assert.True(few > 0, "The measurement does not see what both allocate.");
        }
        Assert.Equal(few, many);
    }
}
