using FsCheck;
using FsCheck.Fluent;
using Recurrent.Emulation;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Updates;

namespace Recurrent.Kernels.Tests.Gpu;

/// <summary>Which launches must wait for which: all that share memory of which one writes, and no others.</summary>
public sealed class GpuLaunchesTests
{
    private const int Cells = 6;

    private static readonly PtxProgram s_mix = PtxWriter.Write(
        "mix",
        32,
        static w =>
        {
            var (from, to) = (w.Pointer(), w.Pointer());
            var i = w.Thread;
            var place = w.Variable((i < 16).Choose(from + i, from)); // an address by several steps
            w.For(0, 3, 1, _ => w.Advance(place, 1));
            w.When(i < 9, () => (to + i).Store((to + i).Load() + place.Load()));
        }
    );

    [Fact]
    public void A_program_says_what_it_reads_and_writes()
    {
        Assert.Equal((true, false), (s_mix.Reads(0), s_mix.Writes(0)));
        Assert.Equal((true, true), (s_mix.Reads(1), s_mix.Writes(1)));
    }

    [Fact]
    public void A_counter_of_blocks_is_read_and_written()
    {
        var program = PtxWriter.Write(
            "wait",
            32,
            static w =>
            {
                var (unused, counter) = (w.Int(), w.Pointer());
                w.Arrive(counter);
                w.Await(counter, unused);
            }
        );
        Assert.Equal((false, false), (program.Reads(0), program.Writes(0)));
        Assert.Equal((true, true), (program.Reads(1), program.Writes(1)));
    }

    /// <summary>Programs of the kernels themselves: the operands that their documentation calls written.</summary>
    [Fact]
    public void Kernels_write_their_results_and_nothing_else()
    {
        var card = new EmulatedCard();
        var queue = new GpuQueue(card);
        Operand<float> x = new(new GpuMemory<float>(card, 8));
        Operand<float> y = new(new GpuMemory<float>(card, 8));
        Operand<double> squares = new(new GpuMemory<double>(card, 2));
        new Binary<Add>(x, x, y).Launch(queue);
        new Shorten(x, squares, 1).Launch(queue);
        var programs = queue.Programs.ToDictionary(program => program.Name.Split(' ')[0]);
        Assert.Equal([false, false, false, true], Enumerable.Range(0, 4).Select(programs["Binary`1"].Writes));
        Assert.Equal([false, true, true, false], Enumerable.Range(0, 4).Select(programs["Binary`1"].Reads));
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(programs["Shorten"].Writes));
        Assert.Equal([false, true, true], Enumerable.Range(0, 3).Select(programs["Shorten"].Reads));
    }

    /// <summary>Each launch adds to some cells what stands in others; ranges overlap as they like.</summary>
    [Fact]
    public void In_any_order_that_is_allowed_the_memory_ends_as_in_the_first()
    {
        var range =
            from start in Gen.Choose(0, Cells - 1)
            from length in Gen.Choose(1, 2)
            select (Start: start, End: Math.Min(start + length, Cells));
        var launch = Gen.Two(range).Select(two => (From: two.Item1, To: two.Item2));
        Check.QuickThrowOnFailure(
            Prop.ForAll(
                Gen.ArrayOf(launch).ToArbitrary(),
                steps =>
                {
                    var launches = new GpuLaunches();
                    foreach (var (from, to) in steps)
                    {
                        launches.Add(
                            new(
                                new Function(s_mix),
                                1,
                                [Bytes(from.Start), Bytes(to.Start)],
                                [(long)Bytes(from.End - from.Start), (long)Bytes(to.End - to.Start)],
                                []
                            )
                        );
                    }
                    var order = launches.Order();
                    int[] latestFirst = LatestFirst(order);
                    Assert.Equal(Run(steps, Enumerable.Range(0, steps.Length)), Run(steps, latestFirst));
                    for (var i = 0; i < order.Length; i++)
                    {
                        Assert.All(order[i], before => Assert.True(Share(steps[i], steps[before])));
                    }
                }
            )
        );

        static ulong Bytes(int cells) => (ulong)cells * sizeof(float);
    }

    private static bool Share(
        ((int Start, int End) From, (int Start, int End) To) a,
        ((int Start, int End) From, (int Start, int End) To) b
    ) => Meet(a.To, b.To) || Meet(a.To, b.From) || Meet(a.From, b.To);

    private static bool Meet((int Start, int End) a, (int Start, int End) b) => a.Start < b.End && b.Start < a.End;

    private static long[] Run(((int Start, int End) From, (int Start, int End) To)[] steps, IEnumerable<int> turns)
    {
        long[] memory = [.. Enumerable.Range(1, Cells)];
        foreach (var turn in turns)
        {
            var (from, to) = steps[turn];
            var sum = memory[from.Start..from.End].Aggregate(0L, (total, value) => (total * 7) + value);
            for (var cell = to.Start; cell < to.End; cell++)
            {
                memory[cell] = (memory[cell] * 31) + sum + turn;
            }
        }
        return memory;
    }

    /// <summary>The order that is furthest from the first: always the last launch that may come.</summary>
    private static int[] LatestFirst(int[][] order)
    {
        List<int> turns = [];
        while (turns.Count < order.Length)
        {
            turns.Add(Enumerable.Range(0, order.Length).Last(i => !turns.Contains(i) && order[i].All(turns.Contains)));
        }
        return [.. turns];
    }

    private sealed class Function(PtxProgram program) : GpuFunction(program);
}
