namespace Recurrent.Kernels.Gpu;

/// <summary>A copy to memory of the host that does not move, with an event after it.</summary>
internal sealed unsafe class CudaReadback : GpuReadback
{
    private const uint EventWithoutTime = 2;

    private readonly CudaCard _card;
    private readonly int _bytes;
    private readonly nint _copy; // kept to the end of the process, as the card is
    private readonly nint _copied;

    /// <summary>Makes room for some bytes.</summary>
    public CudaReadback(CudaCard card, int bytes)
    {
        (_card, _bytes) = (card, bytes);
        var driver = card.Enter();
        fixed (
            nint* copy = &_copy,
                copied = &_copied
        )
        {
            card.Check(driver.HostAllocate(copy, (nuint)bytes, 0));
            card.Check(driver.EventCreate(copied, EventWithoutTime));
        }
    }

    public override void Start(nint source)
    {
        var driver = _card.Enter();
        _card.Check(driver.CopyToHost(_copy, source, (nuint)_bytes, _card.Stream));
        _card.Check(driver.EventRecord(_copied, _card.Stream));
    }

    public override void Finish(Span<byte> destination)
    {
        _card.Check(_card.Enter().EventSynchronize(_copied));
        new ReadOnlySpan<byte>((byte*)_copy, _bytes).CopyTo(destination);
    }
}
