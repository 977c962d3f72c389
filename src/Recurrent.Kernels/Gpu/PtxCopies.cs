namespace Recurrent.Kernels.Gpu;

/// <summary>
/// Copies from a card's memory to shared memory that go on beside the thread's work; cards of compute capability 8.0
/// and more have them.
/// </summary>
internal static class PtxCopies
{
    private static PtxWriter Writer => PtxWriter.Current;

    /// <summary>Begins to copy four float32, at multiples of 16 bytes, that another block may have written.</summary>
    public static void Begin(PtxPointer from, PtxPointer shared)
    {
        Writer.Target = 80;
        Writer.Line($"cp.async.cg.shared.global [{shared.At(0)}], [{from.At(0)}], 16");
    }

    /// <summary>Makes a group of the thread's copies that have begun since the last one.</summary>
    public static void Commit() => Writer.Line($"cp.async.commit_group");

    /// <summary>Waits until at most the last groups, by their number, are under way.</summary>
    public static void WaitFor(int pending) => Writer.Line($"cp.async.wait_group {pending}");
}
