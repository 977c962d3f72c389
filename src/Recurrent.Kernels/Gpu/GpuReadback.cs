namespace Recurrent.Kernels.Gpu;

/// <summary>A copy to the host that is made when its turn in the queue comes, and fetched later.</summary>
internal abstract class GpuReadback
{
    /// <summary>Puts the copy into the queue.</summary>
    public abstract void Start(nint source);

    /// <summary>Waits for the copy, not for what was queued after it, and gives what it brought.</summary>
    public abstract void Finish(Span<byte> destination);
}
