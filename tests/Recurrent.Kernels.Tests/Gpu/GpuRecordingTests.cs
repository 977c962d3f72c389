using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests.Gpu;

/// <summary>What is put off comes in its order and with its own arguments, whether as a graph or not.</summary>
public sealed class GpuRecordingTests : IDisposable
{
    private readonly ListingCard _card = new();
    private readonly GpuQueue _queue;

    public GpuRecordingTests() => _queue = new(_card);

    public void Dispose() => _card.Dispose();

    /// <summary>
    /// Each step is a list of kernels, of which there are three, and comes several times; what differs then is
    /// arguments. The kernels share no memory, so within a step they may come in any order.
    /// </summary>
    [Fact]
    public void Steps_of_any_launches_come_as_without_a_recording() =>
        Check.QuickThrowOnFailure(Prop.ForAll<byte[][]>(Run));

    private void Run(byte[][] steps)
    {
        var value = 0;
        foreach (var step in steps.SelectMany(step => Enumerable.Repeat(step, 4)))
        {
            _card.Launched.Clear();
            var expected = new List<(string, ulong, byte)>();
            using (_queue.Record())
            {
                foreach (var kernel in step)
                {
                    value = ((value * 5) + kernel) % 7; // arguments that come again, often
                    expected.Add(Launch(kernel % 3, value));
                }
            }
            Assert.Equal(expected.Order(), _card.Launched.Order());
        }
    }

    [Fact]
    public void What_comes_again_is_made_a_graph_once()
    {
        for (var step = 0; step < 10; step++)
        {
            using var recording = _queue.Record();
            for (var i = 0; i < 8; i++)
            {
                Launch(i % 3, i == 3 ? step : i);
            }
        }
        Assert.Equal(1, _card.Graphs);
        Assert.Equal(80, _card.Launched.Count);
    }

    [Fact]
    public void Arguments_that_go_round_have_a_graph_for_each_turn()
    {
        for (var step = 0; step < 20; step++)
        {
            using var recording = _queue.Record();
            for (var i = 0; i < 8; i++)
            {
                Launch(0, (step % 3 * 100) + i);
            }
        }
        Assert.Equal(3, _card.Graphs);
        Assert.Equal(0, _card.Changes);
    }

    [Fact]
    public void Few_launches_are_none_the_worse_without_a_graph()
    {
        for (var step = 0; step < 10; step++)
        {
            using var recording = _queue.Record();
            Launch(1, step);
        }
        Assert.Equal(0, _card.Graphs);
        Assert.Equal(10, _card.Launched.Count);
    }

    [Fact]
    public void A_copy_to_or_from_the_host_comes_after_what_was_launched_before_it()
    {
        using (_queue.Record())
        {
            Launch(0, 1);
            _queue.Download(0, new byte[1]);
            Launch(1, 2);
            _queue.Upload(new byte[1], 0);
            Launch(2, 3);
        }
        Assert.Equal(["k0", "download", "k1", "upload", "k2"], _card.Launched.Select(launch => launch.Name));
    }

    [Fact]
    public void Memory_is_kept_while_a_launch_is_put_off_that_may_name_it()
    {
        using (_queue.Record())
        {
            using (_queue.Record())
            {
                Launch(0, 1);
                HoldNoMore();
                Collect();
            }
            Assert.NotEmpty(_card.Freed);
            Launch(0, 2);
            _card.Freed.Clear();
            using (_queue.Record())
            {
                Launch(0, 3);
                HoldNoMore();
                Collect();
            }
            Assert.Empty(_card.Freed);
        }
        Assert.NotEmpty(_card.Freed);
        _card.Freed.Clear();
        HoldNoMore();
        Collect();
        Assert.NotEmpty(_card.Freed);
    }

    [Fact]
    public void Memory_that_runs_short_is_taken_from_what_was_put_off()
    {
        using var recording = _queue.Record();
        Launch(0, 1);
        HoldNoMore();
        _card.IsFull = true;
        GC.KeepAlive(new GpuMemory<float>(_card, 1));
        Assert.Single(_card.Launched);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void HoldNoMore() => GC.KeepAlive(new GpuMemory<float>(_card, 1));

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private (string, ulong, byte) Launch(int kernel, int value)
    {
        var name = $"k{kernel}";
        var function = _queue.Function(
            new(typeof(GpuRecordingTests), kernel),
            _ => new PtxProgram(name, "", 32, 0, IsCooperative: false)
        );
        var factor = value % 2;
        _queue.LaunchMaths(function, 1, factor, value);
        return (name, (ulong)value, (byte)factor);
    }

    private sealed class ListingCard : GpuCard
    {
        public List<(string Name, ulong Argument, byte Factor)> Launched { get; } = [];

        public int Graphs { get; private set; }

        public int Changes { get; private set; }

        public override string Name => "card that lists what it is asked";

        public override (int Major, int Minor) Capability => (9, 0);

        public override int Multiprocessors => 1;

        public override int SharedBytes => 1;

        public override long FreeBytes => 1;

        public ConcurrentQueue<nint> Freed { get; } = []; // which a finalizer may still use

        /// <summary>Whether memory has to be freed before more of it can be had.</summary>
        public bool IsFull { get; set; }

        public override nint Allocate(long bytes) =>
            IsFull && Freed.IsEmpty ? throw new InsufficientMemoryException() : 256;

        public override void Free(nint address) => Freed.Enqueue(address);

        public override void Clear(nint address, long bytes) { }

        public override void Upload(ReadOnlySpan<byte> source, nint destination) => Launched.Add(("upload", 0, 0));

        public override void Download(nint source, Span<byte> destination) => Launched.Add(("download", 0, 0));

        public override GpuFunction Load(PtxProgram program) => new Function(program);

        public override void Launch(
            GpuFunction function,
            GpuBlocks blocks,
            ReadOnlySpan<ulong> arguments,
            ReadOnlySpan<byte> factors
        ) => Launched.Add((function.Program.Name, arguments[0], factors[0]));

        public override GpuGraph Graph(GpuLaunches launches, int[][] order)
        {
            Graphs++;
            return new Counting(this, base.Graph(launches, order));
        }

        public override int ResidentBlocks(GpuFunction function) => 1;

        protected override void Dispose(bool disposing) { }

        private sealed class Function(PtxProgram program) : GpuFunction(program);

        private sealed class Counting(ListingCard card, GpuGraph graph) : GpuGraph
        {
            public override void Change(int index, GpuLaunch launch)
            {
                card.Changes++;
                graph.Change(index, launch);
            }

            public override void Run() => graph.Run();
        }
    }
}
