using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Recurrence;

/// <summary>A sequence forward and back, on every tier and for several threads, against the scalar tier to the bit.</summary>
public sealed class RecurrenceTests
{
    public static TheoryData<string, CellKind> TiersAndCells =>
        [.. KernelTier.All.SelectMany(tier => Enum.GetValues<CellKind>().Select(cell => (tier.Name, cell)))];

    [Theory]
    [MemberData(nameof(TiersAndCells))]
    public void Same_bits_at_odd_sizes_for_any_threads(string name, CellKind cell)
    {
        foreach (
            var (batch, steps, hidden) in ((int, int, int)[])
                [(1, 1, 1), (5, 3, 3), (3, 2, 17), (7, 4, 32), (2, 3, 100), (5, 2, 100), (1, 2, 257)]
        )
        {
            foreach (var reversed in (bool[])[false, true])
            {
                var expected = Run(KernelTier.Named("scalar"), 1, cell, batch, steps, hidden, reversed);
                foreach (var threads in (int[])[1, 2, 3, 5])
                {
                    Assert.Equal(
                        expected,
                        Run(KernelTier.Named(name), threads, cell, batch, steps, hidden, reversed)
                    );
                }
            }
        }
    }

    // The sizes above that do not divide into panels, so that blocks of units begin and end within one.
    [Theory]
    [InlineData(5, 100, 4, 4)] // seven panels, two in a block
    [InlineData(5, 100, 3, 4)]
    [InlineData(2, 100, 4, 2)]
    [InlineData(1, 257, 1, 2)]
    [InlineData(1, 257, 4, 5)]
    public void Few_rows_are_cut_by_units(int batch, int hidden, int gates, int blocks)
    {
        var cut = ScanCut.WithMeetings(batch, hidden, gates, threads: 5, panelWidth: 16);
        Assert.True(cut.ByUnits);
        Assert.Equal(blocks, cut.Count);
    }

    [Theory]
    [InlineData(8, 100, 2, 2)] // enough rows
    [InlineData(3, 40, 5, 3)] // too little work to meet after each step
    [InlineData(1, 8, 5, 1)] // one panel
    public void Others_are_cut_by_rows(int batch, int hidden, int threads, int blocks)
    {
        var cut = ScanCut.WithMeetings(batch, hidden, gates: 4, threads, panelWidth: 16);
        Assert.False(cut.ByUnits);
        Assert.Equal(blocks, cut.Count);
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void A_row_alone_gives_what_it_gives_in_a_batch(string name)
    {
        var tier = KernelTier.Named(name);
        foreach (var cell in Enum.GetValues<CellKind>())
        {
            const int hidden = 19;
            var gates = hidden * Gates(cell);
            var input = Tiers.Values(2 * 3 * gates, 1); // (T 2, B 3)
            var all = Forward(tier, cell, input, batch: 3, steps: 2, hidden);
            float[] secondRow = [.. input[gates..(2 * gates)], .. input[(4 * gates)..(5 * gates)]];
            var alone = Forward(tier, cell, secondRow, batch: 1, steps: 2, hidden);
            Assert.Equal(all[hidden..(2 * hidden)], alone[..hidden]);
            Assert.Equal(all[(4 * hidden)..(5 * hidden)], alone[hidden..]);
        }
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Refuses_spans_of_the_wrong_length(string name) =>
        Assert.Throws<ArgumentException>(() =>
            KernelTier
                .Named(name)
                .RecurrentForward(
                    new WorkerTeam(1),
                    new RecurrentSequence
                    {
                        Cell = CellKind.Lstm,
                        Steps = 1,
                        Batch = 1,
                        HiddenSize = 2,
                        Gates = new float[8],
                        Weights = new float[KernelTier.Named(name).PackedLength(2, 8)],
                        InitialH = new float[2],
                        InitialC = new float[1],
                        H = new float[2],
                        C = new float[2],
                    }
                )
        );

    private static float[] Forward(
        KernelTier tier,
        CellKind cell,
        float[] input,
        int batch,
        int steps,
        int hidden
    )
    {
        var (isLstm, isGru, gates) = (cell == CellKind.Lstm, cell == CellKind.Gru, hidden * Gates(cell));
        var team = new WorkerTeam(1);
        var packed = new float[tier.PackedLength(hidden, gates)];
        tier.Pack(team, Tiers.Values(gates * hidden, 2), hidden, gates, true, packed);
        var h = new float[steps * batch * hidden];
        float[] taken = [.. input];
        tier.RecurrentForward(
            team,
            new RecurrentSequence
            {
                Cell = cell,
                Steps = steps,
                Batch = batch,
                HiddenSize = hidden,
                Gates = isGru ? new float[taken.Length] : taken,
                InputGates = isGru ? taken : [],
                RecurrentBias = isGru ? Tiers.Values(gates, 3) : [],
                Weights = packed,
                InitialH = new float[batch * hidden],
                InitialC = isLstm ? new float[batch * hidden] : [],
                H = h,
                C = isLstm ? new float[h.Length] : [],
            }
        );
        return h;
    }

    private static float[] Run(
        KernelTier tier,
        int threads,
        CellKind cell,
        int batch,
        int steps,
        int hidden,
        bool reversed
    )
    {
        var (isLstm, isGru, gates) = (cell == CellKind.Lstm, cell == CellKind.Gru, hidden * Gates(cell));
        var (state, output) = (batch * hidden, steps * batch * hidden);
        var team = new WorkerTeam(threads);
        var weights = Tiers.Values(gates * hidden, 2);
        var forward = new float[tier.PackedLength(hidden, gates)];
        tier.Pack(team, weights, hidden, gates, true, forward);
        var backward = new float[tier.PackedLength(gates, hidden)];
        tier.Pack(team, weights, gates, hidden, false, backward);
        var input = Tiers.Values(steps * batch * gates, 1);
        var split = isGru ? new float[input.Length] : input;
        var (h, c) = (new float[output], new float[isLstm ? output : 0]);
        var (dh, dc) = (Tiers.Values(state, 6), Tiers.Values(isLstm ? state : 0, 7));
        var sequence = new RecurrentSequence
        {
            Cell = cell,
            Steps = steps,
            Batch = batch,
            HiddenSize = hidden,
            Reversed = reversed,
            Gates = split,
            InputGates = isGru ? input : [],
            RecurrentBias = isGru ? Tiers.Values(gates, 3) : [],
            Weights = forward,
            InitialH = Tiers.Values(state, 4),
            InitialC = Tiers.Values(isLstm ? state : 0, 5),
            H = h,
            C = c,
        };
        tier.RecurrentForward(team, sequence);
        tier.RecurrentBackward(
            team,
            new RecurrentSequence
            {
                Cell = cell,
                Steps = steps,
                Batch = batch,
                HiddenSize = hidden,
                Reversed = reversed,
                Gates = split,
                InputGates = isGru ? input : [],
                Weights = backward,
                InitialH = sequence.InitialH,
                InitialC = sequence.InitialC,
                H = h,
                C = c,
                OutputGradient = Tiers.Values(output, 8),
                GradientH = dh,
                GradientC = dc,
            }
        );
        return [.. h, .. c, .. split, .. input, .. dh, .. dc];
    }

    internal static int Gates(CellKind cell) =>
        cell switch
        {
            CellKind.Lstm => 4,
            CellKind.Gru => 3,
            _ => 1,
        };
}
