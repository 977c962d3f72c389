using System.Runtime.InteropServices;
using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Emulation;

public sealed class EmulatedCardTests
{
    private static readonly PtxProgram s_add = PtxWriter.Write(
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

    [Fact]
    public void A_program_of_the_writer_adds_two_vectors()
    {
        using var card = new EmulatedCard();
        float[] x = [.. Enumerable.Range(0, 1000).Select(i => i * 0.5f)];
        var sum = new float[1000];
        nint a = card.Allocate(4000),
            b = card.Allocate(4000),
            c = card.Allocate(4000);
        card.Upload(MemoryMarshal.AsBytes<float>(x), a);
        card.Upload(MemoryMarshal.AsBytes<float>(x), b);
        card.Launch(card.Load(s_add), 8, [(ulong)a, (ulong)b, (ulong)c, 1000], default);
        card.Download(c, MemoryMarshal.AsBytes(sum.AsSpan()));
        Assert.Equal(x.Select(v => v + v), sum);
    }

    [Fact]
    public void Memory_is_given_out_while_there_is_some_and_comes_back()
    {
        using var card = new EmulatedCard(new() { MemoryBytes = 1000 });
        var a = card.Allocate(600);
        Assert.Equal(400, card.FreeBytes);
        Assert.Equal(0, a % 256);
        Assert.Throws<InsufficientMemoryException>(() => card.Allocate(401));
        card.Free(a);
        Assert.Equal(1000, card.FreeBytes);
        Assert.Throws<EmulationException>(() => card.Free(a));
        Assert.Throws<EmulationException>(() => card.Clear(a, 4));
    }

    [Fact]
    public void Memory_that_nobody_has_written_is_not_read()
    {
        using var card = new EmulatedCard();
        var a = card.Allocate(16);
        card.Upload(new byte[8], a);
        card.Download(a, new byte[8]);
        Assert.Throws<EmulationException>(() => card.Download(a, new byte[12]));
        Assert.Throws<EmulationException>(() => card.Download(a, new byte[17]));
        Assert.Throws<EmulationException>(() => card.Upload(new byte[8], a + 12));
        var launch = Assert.Throws<EmulationException>(() =>
            card.Launch(card.Load(s_add), 1, [(ulong)a, (ulong)a, (ulong)a, 4], default)
        );
        Assert.Contains("read of an unwritten word, 8 bytes from the start", launch.Message);
    }

    [Fact]
    public void What_was_freed_is_not_touched()
    {
        using var card = new EmulatedCard();
        var a = card.Allocate(16);
        card.Clear(a, 16);
        card.Free(a);
        Assert.NotEqual(a, card.Allocate(16));
        Assert.Throws<EmulationException>(() =>
            card.Launch(card.Load(s_add), 1, [(ulong)a, (ulong)a, (ulong)a, 4], default)
        );
    }

    [Fact]
    public void A_launch_has_a_value_for_each_parameter()
    {
        using var card = new EmulatedCard();
        var function = card.Load(s_add);
        Assert.Throws<EmulationException>(() => card.Launch(function, 1, [0, 0, 0], default));
        Assert.Throws<EmulationException>(() => card.Launch(function, 1, [0, 0, 0, 0, 0], default));
        Assert.Throws<EmulationException>(() => card.Launch(function, 1, [0, 0, 0, 0], new byte[8]));
        card.Launch(function, 1, [0, 0, 0, 0], new byte[1]); // a maths without fields
    }

    [Theory]
    [InlineData("allocate")]
    [InlineData("launch")]
    [InlineData("download")]
    public void A_card_that_falls_off_does_not_come_back(string call)
    {
        using var card = new EmulatedCard(
            new()
            {
                FailingAllocation = call == "allocate" ? 2 : 0,
                FailingLaunch = call == "launch" ? 2 : 0,
                FailingDownload = call == "download" ? 2 : 0,
            }
        );
        var a = card.Allocate(4);
        card.Clear(a, 4);
        var function = card.Load(s_add);
        void Fail() =>
            (
                (Action)(
                    call switch
                    {
                        "allocate" => () => card.Allocate(4),
                        "launch" => () => card.Launch(function, 1, [0, 0, 0, 0], default),
                        _ => () => card.Download(a, new byte[4]),
                    }
                )
            )();
        if (call != "allocate")
        {
            Fail();
        }
        Assert.Throws<GpuException>(Fail);
        Assert.Throws<GpuException>(() => card.Allocate(4));
        Assert.Throws<GpuException>(() => card.Clear(a, 4));
        Assert.Throws<GpuException>(() => card.Upload(new byte[4], a));
        Assert.Throws<GpuException>(() => card.Download(a, new byte[4]));
        Assert.Throws<GpuException>(() => card.Load(s_add));
        Assert.Throws<GpuException>(() => card.Launch(function, 1, [0, 0, 0, 0], default));
        card.Free(a); // what the collector finds is no failure
    }
}
