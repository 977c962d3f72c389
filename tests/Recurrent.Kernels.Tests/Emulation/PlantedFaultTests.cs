using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Emulation;

/// <summary>Programs that are right run; the same with a fault are found out.</summary>
public sealed class PlantedFaultTests
{
    /// <summary>
    /// Turns 128 words of each block round by shared memory, twice, so that its words are written again.
    /// </summary>
    private const string Turn = """
        mad.lo.s32 %r3, %r2, 128, %r1
        mul.wide.s32 %l5, %r3, 4
        add.s64 %l6, %l1, %l5
        add.s64 %l7, %l2, %l5
        mov.u32 %r4, memory
        mad.lo.s32 %r5, %r1, 4, %r4
        sub.s32 %r6, 127, %r1
        mad.lo.s32 %r6, %r6, 4, %r4
        ld.global.u32 %r7, [%l6]
        st.shared.u32 [%r5], %r7
        bar.sync 0
        ld.shared.u32 %r8, [%r6]
        bar.sync 0
        add.u32 %r8, %r8, 1
        st.shared.u32 [%r5], %r8
        bar.sync 0
        ld.shared.u32 %r9, [%r6]
        st.global.u32 [%l7], %r9
        """;

    /// <summary>
    /// Each block writes a word a thread; after the grid's barrier each reads the next block's word. c is the counter,
    /// b what was read. Then all meet again, and the words are written again.
    /// </summary>
    private const string Exchange = """
        mov.u32 %r10, %nctaid.x
        mad.lo.s32 %r3, %r2, 64, %r1
        mul.wide.s32 %l5, %r3, 4
        add.s64 %l6, %l1, %l5
        add.s64 %l7, %l2, %l5
        add.s32 %r4, %r2, 1
        rem.u32 %r4, %r4, %r10
        mad.lo.s32 %r4, %r4, 64, %r1
        mul.wide.s32 %l8, %r4, 4
        add.s64 %l8, %l1, %l8
        setp.ne.s32 %p1, %r1, 0
        st.global.u32 [%l6], %r3
        bar.sync 0
        @%p1 bra first
        red.release.gpu.global.add.u32 [%l3], 1
        spin:
        ld.acquire.gpu.global.u32 %r5, [%l3]
        setp.lt.s32 %p2, %r5, %r10
        @%p2 bra spin
        first:
        bar.sync 0
        ld.global.cg.u32 %r6, [%l8]
        st.global.u32 [%l7], %r6
        add.s32 %r10, %r10, %r10
        bar.sync 0
        @%p1 bra second
        red.release.gpu.global.add.u32 [%l3], 1
        again:
        ld.acquire.gpu.global.u32 %r5, [%l3]
        setp.lt.s32 %p2, %r5, %r10
        @%p2 bra again
        second:
        bar.sync 0
        add.s32 %r3, %r3, 1
        st.global.u32 [%l6], %r3
        """;

    public static TheoryData<int, string> Schedules
    {
        get
        {
            var schedules = new TheoryData<int, string>();
            for (var seed = 0; seed < 4; seed++)
            {
                foreach (var starve in Enum.GetNames<Starved>())
                {
                    schedules.Add(seed, starve);
                }
            }
            return schedules;
        }
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void What_is_right_runs_in_any_order(int seed, string starve)
    {
        var options = Options(seed, starve);
        var x = Words(512);
        var turned = Emulated.Run(Emulated.Program(Turn, shared: 512), 4, options, x, new uint[512])[1];
        Assert.Equal(x.Select(value => value + 1), turned);
        var exchanged = Emulated.Run(Grid(Exchange), 8, options, new uint[512], new uint[512], [0]);
        Assert.Equal(Enumerable.Range(0, 512).Select(i => (uint)(i + 64) % 512), exchanged[1]);
        Assert.Equal(Enumerable.Range(1, 512).Select(i => (uint)i), exchanged[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_lost_barrier_of_the_block_is_found(int which)
    {
        var lines = Turn.Split('\n').ToList();
        var barriers = lines.Index().Where(line => line.Item.Contains("bar.sync")).ToList();
        lines.RemoveAt(barriers[which].Index);
        var program = Emulated.Program(string.Join('\n', lines), shared: 512);
        Assert.Matches("a race|unwritten", Failure(program, 4, null, Words(512), new uint[512]));
    }

    /// <summary>Of the four barriers of the block and the two of the grid each is found, whatever the order.</summary>
    [Theory]
    [InlineData("bar.sync 0", 0)]
    [InlineData("bar.sync 0", 1)]
    [InlineData("bar.sync 0", 2)]
    [InlineData("bar.sync 0", 3)]
    [InlineData("@%p2 bra spin", 0)]
    [InlineData("@%p2 bra again", 0)]
    [InlineData(".release", 0)]
    [InlineData(".release", 1)]
    [InlineData(".acquire", 0)]
    [InlineData(".acquire", 1)]
    public void A_lost_part_of_the_barrier_of_the_grid_is_found(string part, int which)
    {
        var at = -1;
        for (var i = 0; i <= which; i++)
        {
            at = Exchange.IndexOf(part, at + 1, StringComparison.Ordinal);
        }
        var weaker = part[0] == '.' ? ".relaxed" : "";
        var faulty = Exchange.Remove(at, part.Length).Insert(at, weaker);
        foreach (var seed in new[] { 0, 1, 2 })
        {
            var message = Failure(Grid(faulty), 8, Options(seed, "Nothing"), new uint[512], new uint[512], [0]);
            Assert.Contains("a race", message);
        }
    }

    [Fact]
    public void Fences_order_relaxed_accesses_and_without_them_there_is_a_race()
    {
        var fenced = Exchange
            .Replace(
                "red.release.gpu.global.add.u32 [%l3], 1",
                "fence.acq_rel.gpu\nred.relaxed.gpu.global.add.u32 [%l3], 1"
            )
            .Replace("ld.acquire.gpu.global.u32 %r5, [%l3]", "ld.relaxed.gpu.global.u32 %r5, [%l3]\nfence.acq_rel.gpu");
        var right = Emulated.Run(Grid(fenced), 8, null, new uint[512], new uint[512], [0]);
        Assert.Equal(Enumerable.Range(0, 512).Select(i => (uint)(i + 64) % 512), right[1]);
        for (
            var at = fenced.IndexOf("fence", StringComparison.Ordinal);
            at >= 0;
            at = fenced.IndexOf("fence", at + 1, StringComparison.Ordinal)
        )
        {
            var faulty = fenced.Remove(at, "fence.acq_rel.gpu".Length);
            Assert.Contains("a race", Failure(Grid(faulty), 8, null, new uint[512], new uint[512], [0]));
        }
    }

    [Fact]
    public void Blocks_of_a_plain_launch_must_not_meet_in_memory()
    {
        var program = Emulated.Program("st.global.u32 [%l1], %r2", threads: 1);
        Assert.Contains("a race", Failure(program, 2, null, new uint[1]));
        program = Emulated.Program(
            """
            mul.wide.s32 %l5, %r2, 4
            add.s64 %l5, %l1, %l5
            st.global.u32 [%l5], %r2
            ld.global.u32 %r3, [%l1]
            """,
            threads: 1
        );
        Assert.Contains("a race", Failure(program, 2, null, new uint[2]));
    }

    [Theory]
    [InlineData("ld.global.u32 %r3, [%l1+512]", "4 bytes at 512 are not within the allocation of 512 bytes")]
    [InlineData("ld.global.u32 %r3, [%l1+-4]", "4 bytes at -4 are not within")]
    [InlineData("ld.global.v2.u32 {%r3, %r4}, [%l1+508]", "8 bytes at 508 are not within")]
    [InlineData("ld.global.v4.u32 {%r3, %r4, %r5, %r6}, [%l1+8]", "16 bytes at 8, which is not a multiple")]
    [InlineData("ld.global.u32 %r3, [%l1+2]", "4 bytes at 2, which is not a multiple")]
    [InlineData("st.global.f64 [%l1+4], %d1", "8 bytes at 4, which is not a multiple")]
    [InlineData("st.global.u32 [%l1+512], %r1", "4 bytes at 512 are not within")]
    [InlineData("ld.relaxed.gpu.global.u32 %r3, [%l1+512]", "4 bytes at 512 are not within")]
    [InlineData("red.global.add.u32 [%l1+512], 1", "4 bytes at 512 are not within")]
    [InlineData("mov.u64 %l5, 64\nld.global.u32 %r3, [%l5]", "address 40 is not in any allocation")]
    [InlineData("ld.global.u32 %r3, [%l9]", "is not in any allocation")] // a register that nobody has set
    [InlineData("ld.shared.u32 %r3, [memory]", "read of an unwritten word")]
    [InlineData("ld.shared.u32 %r3, [memory+512]", "4 bytes at 512 are not within the 512 bytes of shared memory")]
    [InlineData("st.shared.u32 [memory+512], %r1", "4 bytes at 512 are not within the 512 bytes of shared memory")]
    [InlineData("mov.u32 %r3, memory\nst.shared.u32 [%r3+-4], %r1", "not within the 512 bytes of shared memory")]
    [InlineData("st.shared.u32 [memory+2], %r1", "4 bytes at 2, which is not a multiple")]
    [InlineData("trap", "the program gave up")]
    [InlineData("setp.lt.s32 %p1, %r1, 7\n@%p1 bra.uni end\nend:", "part at a branch that is said to be uniform")]
    [InlineData("setp.lt.s32 %p1, %r1, 7\n@%p1 bar.sync 0", "not all threads of the warp come to this barrier")]
    [InlineData("setp.lt.s32 %p1, %r1, 64\n@%p1 ret\nbar.sync 0", "have left")]
    [InlineData("setp.lt.s32 %p1, %r1, 7\n@%p1 ret\nbarrier.sync 0", "have left")]
    [InlineData("setp.lt.s32 %p1, %r1, 7\n@%p1 shfl.sync.idx.b32 %r3, %r1, 0, 31, -1", "the members are ffffffff")]
    [InlineData("setp.lt.s32 %p1, %r1, 7\n@%p1 shfl.sync.idx.b32 %r3, %r1, 9, 31, 127", "lane 9, which is not here")]
    [InlineData("setp.lt.s32 %p1, %r1, 7\n@%p1 bar.warp.sync -1", "the members are ffffffff")]
    [InlineData("spin:\nbra spin", "ran without any write or barrier")]
    [InlineData("spin:\nld.volatile.global.u32 %r3, [%l1]\nbra spin", "all wait without end")]
    [InlineData("spin:\nnanosleep.u32 100\nbra spin", "all wait without end")]
    public void A_thread_that_does_what_it_may_not_is_found(string body, string failure)
    {
        var options = new EmulatedCardOptions { SpinBound = 100_000, PollBound = 100 };
        var message = Failure(Emulated.Program(body, shared: 512), 1, options, Words(128));
        Assert.Contains(failure, message);
        Assert.StartsWith("test", message);
    }

    [Theory]
    [InlineData("st.shared.u32 [memory], %r1", "a race")]
    [InlineData("st.global.u32 [%l1], %r1", "a race")]
    [InlineData("st.global.u32 [%l1], %r1\nld.global.u32 %r3, [%l1]", "a race")]
    [InlineData("ld.global.u32 %r3, [%l1]\nst.global.u32 [%l1], %r1", "a race")]
    [InlineData("ld.global.v4.u32 {%r3, %r4, %r5, %r6}, [%l1]\nst.global.u32 [%l1+12], %r1", "a race")]
    [InlineData("red.global.add.u32 [%l1], 1\nld.global.u32 %r3, [%l1]", "a race")]
    [InlineData("red.global.add.u32 [%l1], 1\nld.volatile.global.u32 %r3, [%l1]", null)]
    public void Threads_of_a_warp_race_as_those_of_others_do(string body, string? failure)
    {
        var program = Emulated.Program(body, threads: 32, shared: 512);
        if (failure is null)
        {
            _ = Emulated.Run(program, 1, null, Words(4));
            return;
        }
        Assert.Contains(failure, Failure(program, 1, null, Words(4)));
    }

    /// <summary>128 threads copy 2 KiB to shared memory and read what another has copied.</summary>
    private const string Copy = """
        mov.u32 %r4, memory
        mad.lo.s32 %r5, %r1, 16, %r4
        xor.b32 %r6, %r1, 127
        mad.lo.s32 %r6, %r6, 16, %r4
        mul.wide.s32 %l5, %r1, 16
        add.s64 %l6, %l1, %l5
        add.s64 %l7, %l2, %l5
        cp.async.cg.shared.global [%r5], [%l6], 16
        cp.async.commit_group
        cp.async.wait_group 0
        bar.sync 0
        ld.shared.v4.u32 {%r7, %r8, %r9, %r10}, [%r6]
        st.global.v4.u32 [%l7], {%r7, %r8, %r9, %r10}
        """;

    [Fact]
    public void A_copy_to_shared_memory_is_there_when_it_has_been_waited_for()
    {
        var x = Words(512);
        var copied = Emulated.Run(Emulated.Program(Copy, shared: 2048), 1, null, x, new uint[512])[1];
        Assert.Equal(Enumerable.Range(0, 512).Select(i => x[((127 - (i / 4)) * 4) + (i % 4)]), copied);
    }

    [Theory]
    [InlineData("cp.async.commit_group", "a race")] // what is not committed is not waited for
    [InlineData("cp.async.wait_group 0", "a race")]
    [InlineData("bar.sync 0", "a race|unwritten")]
    public void A_copy_to_shared_memory_that_nobody_waits_for_is_found(string part, string failure)
    {
        var program = Emulated.Program(Copy.Replace(part, "mov.u32 %r20, 0"), shared: 2048);
        Assert.Matches(failure, Failure(program, 1, null, Words(512), new uint[512]));
    }

    [Fact]
    public void Blocks_that_wait_for_each_other_must_fit_on_the_card()
    {
        var message = Failure(Grid(Exchange), 200, null, new uint[12800], new uint[12800], [0]);
        Assert.Contains("128 can run at the same time", message);
    }

    private static EmulatedCardOptions Options(int seed, string starve) =>
        new() { Seed = (ulong)seed, Starve = Enum.Parse<Starved>(starve) };

    private static PtxProgram Grid(string body) => Emulated.Program(body, threads: 64, cooperative: true);

    private static uint[] Words(int count) => [.. Enumerable.Range(0, count).Select(i => (uint)i * 7)];

    private static string Failure(
        PtxProgram program,
        int blocks,
        EmulatedCardOptions? options,
        params uint[][] arrays
    ) => Assert.Throws<EmulationException>(() => Emulated.Run(program, blocks, options, arrays)).Message;
}
