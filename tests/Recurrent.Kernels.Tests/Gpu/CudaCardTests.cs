using System.Runtime.InteropServices;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Gpu;

public sealed class CudaCardTests
{
    private static readonly PtxProgram s_program = new("add", "text", Threads: 128, 64, IsCooperative: false);

    [Fact]
    public void Without_a_driver_it_says_so()
    {
        Assert.Equal(0, CudaDriver.CountOf(null));
        if (OperatingSystem.IsLinux())
        {
            AssertRefused("There is no NVIDIA driver (libcuda.so.1) here; use Device.Cpu().", null);
        }
    }

    [Fact]
    public void A_driver_without_a_card_is_refused()
    {
        var driver = FakeCuda.Start();
        FakeCuda.Results["Init"] = FakeCuda.NoDevice;
        AssertRefused("There is an NVIDIA driver here but no card; use Device.Cpu().", driver);
        Assert.Equal(0, CudaDriver.CountOf(driver));
    }

    [Fact]
    public void A_driver_that_does_not_start_is_refused_in_its_own_words()
    {
        var driver = FakeCuda.Start();
        FakeCuda.Results["Init"] = 802;
        AssertRefused(
            "The NVIDIA driver does not start: something went wrong (CUDA_ERROR_SOME); use Device.Cpu().",
            driver
        );
    }

    [Fact]
    public void An_old_driver_is_refused()
    {
        var driver = FakeCuda.Start();
        FakeCuda.Version = 10_020;
        AssertRefused(
            "The NVIDIA driver is of CUDA 10.2 and must be of 11.4 or newer; install a newer one, or use Device.Cpu().",
            driver
        );
        Assert.Equal(0, CudaDriver.CountOf(driver));
    }

    [Fact]
    public void A_driver_without_a_function_is_refused()
    {
        FakeCuda.Start();
        FakeCuda.Missing.Add("cuLaunchCooperativeKernel");
        var error = Assert.Throws<GpuException>(FakeCuda.Load);
        Assert.Equal(
            "The NVIDIA driver is too old, because it has no cuLaunchCooperativeKernel; use Device.Cpu().",
            error.Message
        );
    }

    [Fact]
    public void A_card_that_is_not_there_is_refused()
    {
        var driver = FakeCuda.Start();
        AssertRefused(
            "There is no gpu:3 here, and the only card is gpu:0; name one that is there, or use Device.Cpu().",
            driver,
            index: 3
        );
        Assert.Equal(1, CudaDriver.CountOf(driver));
    }

    [Fact]
    public void An_old_card_is_refused()
    {
        var driver = FakeCuda.Start();
        FakeCuda.Major = 6;
        AssertRefused(
            "gpu:0 (Fake card) has the compute capability 6.1 and 7.0 or more is needed; use Device.Cpu().",
            driver
        );
    }

    [Fact]
    public void A_card_tells_what_it_is()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        Assert.Equal(
            ("Fake card", (9, 1), 132, 227 << 10),
            (card.Name, card.Capability, card.Multiprocessors, card.SharedBytes)
        );
        Assert.Equal(3_000_000, card.FreeBytes);
        Assert.Equal(16, card.ResidentBlocks(card.Load(s_program)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData(11_000_003)] // more than all staging memory
    public void Bytes_come_back_as_they_went_though_their_source_changes_at_once(int length)
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)(i * 31 % 251);
        }
        var source = bytes.ToArray();
        var address = card.Allocate(length);
        card.Upload(source, address);
        Array.Clear(source);
        card.Download(address, source);
        card.Free(address);
        Assert.Equal(bytes, source);
    }

    [Fact]
    public void Many_small_uploads_keep_their_bytes_until_they_are_copied()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        const int count = 7_000;
        const int length = 1_000;
        var address = card.Allocate(count * length);
        var source = new byte[length];
        for (var i = 0; i < count; i++)
        {
            Array.Fill(source, (byte)(i % 255));
            card.Upload(source, address + (i * length));
        }
        var found = new byte[count * length];
        card.Download(address, found);
        card.Free(address);
        Assert.All(Enumerable.Range(0, count), i => Assert.Equal((byte)(i % 255), found[(i * length) + (i % length)]));
    }

    [Fact]
    public void Clearing_takes_its_turn()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        var address = card.Allocate(4);
        card.Upload([1, 2, 3, 4], address);
        card.Clear(address + 1, 2);
        var found = new byte[4];
        card.Download(address, found);
        card.Free(address);
        Assert.Equal([1, 0, 0, 4], found);
    }

    [Fact]
    public void A_launch_has_its_arguments_and_then_its_factors()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        var function = card.Load(s_program);
        FakeCuda.Parameters = 3;
        card.Launch(function, new GpuBlocks(5, 6), [7, ulong.MaxValue], MemoryMarshal.AsBytes<ulong>([9]));
        FakeCuda.Parameters = 1;
        card.Launch(function, 2, [3], []);
        Assert.Equal(
            ["launch 5,6,1 x 128,1,1 + 64: 7 18446744073709551615 9", "launch 2,1,1 x 128,1,1 + 64: 3"],
            FakeCuda.Launches
        );
    }

    [Fact]
    public void A_launch_allocates_nothing()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        var function = card.Load(s_program);
        FakeCuda.Parameters = FakeCuda.NotRecorded;
        card.Launch(function, 1, [1, 2, 3], []);
        var before = GC.GetAllocatedBytesForCurrentThread();
        card.Launch(function, 1, [1, 2, 3], [1, 2, 3, 4]);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Blocks_that_wait_for_each_other_are_launched_together()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        card.Launch(card.Load(s_program with { IsCooperative = true }), 4, [], []);
        Assert.Equal(["cooperative launch 4,1,1 x 128,1,1 + 64"], FakeCuda.Launches);
    }

    [Fact]
    public void A_graph_runs_its_launches_in_order_with_what_was_changed()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        FakeCuda.Parameters = 2;
        var (alone, together) = (card.Load(s_program), card.Load(s_program with { IsCooperative = true }));
        var launches = new GpuLaunches();
        launches.Add(new(alone, 1, [10, 11], [0, 0], []));
        launches.Add(new(together, 2, [20], [0], MemoryMarshal.AsBytes<ulong>([21])));
        using (
            var graph = card.Graph(
                launches,
                [
                    [],
                    [0],
                ]
            )
        )
        {
            graph.Change(0, new(alone, 1, [10, 12], [0, 0], []));
            graph.Run();
        }
        Assert.Equal(
            ["of graph 1,1,1 x 128,1,1 + 64: 10 12", "of graph cooperative 2,1,1 x 128,1,1 + 64: 20 21"],
            FakeCuda.Launches
        );
        card.Dispose();
        Assert.Equal(0, FakeCuda.Open);
    }

    [Fact]
    public void A_card_that_cannot_launch_them_together_says_so()
    {
        var driver = FakeCuda.Start();
        FakeCuda.Cooperates = false;
        using var card = new CudaCard(driver, 0);
        var error = Assert.Throws<GpuException>(() => card.Load(s_program with { IsCooperative = true }));
        Assert.Equal(
            "gpu:0 (Fake card) cannot run blocks that wait for each other, which add needs; use Device.Cpu().",
            error.Message
        );
    }

    [Fact]
    public void Shared_memory_beyond_48_KB_is_asked_for()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        card.Load(s_program with { SharedBytes = 48 << 10 });
        Assert.Empty(FakeCuda.Attributes);
        card.Load(s_program with { SharedBytes = 100_000 });
        Assert.Equal([(8, 100_000)], FakeCuda.Attributes);
    }

    [Fact]
    public void A_program_that_is_refused_shows_what_the_driver_says_of_it()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        FakeCuda.Results["ModuleLoad"] = FakeCuda.InvalidPtx;
        var error = Assert.Throws<GpuException>(() => card.Load(s_program));
        Assert.Equal(
            "The NVIDIA driver refuses the program add: something went wrong (CUDA_ERROR_SOME) line 1: text",
            error.Message
        );
    }

    [Fact]
    public void Too_little_memory_is_said_with_what_is_free()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        FakeCuda.Results["MemoryAllocate"] = FakeCuda.OutOfMemory;
        var error = Assert.Throws<InsufficientMemoryException>(() => card.Allocate(4_000_000_000));
        Assert.Equal(
            "gpu:0 (Fake card) has 3 MB of memory free and 4,000 MB more are needed; choose a smaller batch, fewer "
                + "steps or the CPU.",
            error.Message
        );
    }

    [Fact]
    public void A_card_that_falls_off_says_so_and_can_still_be_given_back()
    {
        var card = new CudaCard(FakeCuda.Start(), 0);
        var address = card.Allocate(4);
        FakeCuda.Results["Launch"] = FakeCuda.Results["StreamSynchronize"] = FakeCuda.IllegalAddress;
        var function = card.Load(s_program);
        const string sentence = "gpu:0 (Fake card) has failed: something went wrong (CUDA_ERROR_SOME).";
        Assert.Equal(sentence, Assert.Throws<GpuException>(() => card.Launch(function, 1, [], [])).Message);
        Assert.Equal(sentence, Assert.Throws<GpuException>(() => card.Download(address, new byte[4])).Message);
        card.Free(address);
        card.Dispose();
        Assert.Equal(0, FakeCuda.Open);
    }

    [Fact]
    public async Task Any_thread_may_use_the_card_and_free_its_memory()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        var address = card.Allocate(1);
        card.Upload([5], address);
        var found = new byte[1];
        await Task.Factory.StartNew(
            () =>
            {
                card.Download(address, found);
                card.Free(address);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        Assert.Equal(5, found[0]);
    }

    [Fact]
    public void Memory_is_freed_after_what_was_queued_before()
    {
        using var card = new CudaCard(FakeCuda.Start(), 0);
        var (first, second) = (card.Allocate(1), card.Allocate(1));
        card.Clear(first, 1); // would write into freed memory
        card.Free(first);
        card.Upload([6], second);
        var found = new byte[1];
        card.Download(second, found);
        card.Free(second);
        Assert.Equal(6, found[0]);
    }

    [Fact]
    public void Everything_is_given_back_and_what_comes_later_does_no_harm()
    {
        var card = new CudaCard(FakeCuda.Start(), 0);
        card.Load(s_program);
        card.Dispose();
        Assert.Equal(0, FakeCuda.Open);
        card.Free(1); // of a finalizer
        card.Dispose();
    }

    private static void AssertRefused(string sentence, CudaDriver? driver, int index = 0) =>
        Assert.Equal(sentence, Assert.Throws<GpuException>(() => new CudaCard(driver, index)).Message);
}
