using System.Runtime.InteropServices;
using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Emulation;

public sealed class EmulatedCardTests
{
    [Fact]
    public void A_program_of_the_writer_adds_two_vectors()
    {
        using var card = new EmulatedCard();
        var program = PtxWriter.Write(
            "sum",
            128,
            w =>
            {
                var (a, b, c, n) = (w.Pointer(), w.Pointer(), w.Pointer(), w.Int());
                var i = (w.BlockX * 128) + w.Thread;
                w.ReturnIf(i >= n);
                (c + i).Store((a + i).Load() + (b + i).Load());
            }
        );
        float[] x = [.. Enumerable.Range(0, 1000).Select(i => i * 0.5f)];
        float[] sum = new float[1000];
        nint a = card.Allocate(4000),
            b = card.Allocate(4000),
            c = card.Allocate(4000);
        card.Upload(MemoryMarshal.AsBytes<float>(x), a);
        card.Upload(MemoryMarshal.AsBytes<float>(x), b);
        card.Launch(card.Load(program), 8, [(ulong)a, (ulong)b, (ulong)c, 1000], default);
        card.Download(c, MemoryMarshal.AsBytes(sum.AsSpan()));
        Assert.Equal(x.Select(v => v + v), sum);
    }
}
