using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Cells;

/// <summary>
/// A sequence forward and back, on every tier and for several threads, against the scalar tier to the bit.
/// </summary>
public sealed class CellTests
{
    public static TheoryData<string, string> TiersAndCells =>
        [.. VectorTier.All.SelectMany(tier => Cell.All.Select(cell => (tier.Name, cell.Name)))];

    public static TheoryData<string> Cells => [.. Cell.All.Select(cell => cell.Name)];

    [Theory]
    [MemberData(nameof(TiersAndCells))]
    public void Same_bits_at_odd_sizes_for_any_threads(string name, string cellName)
    {
        var cell = Cell.Named(cellName);
        foreach (
            var size in ((int, int, int)[])
                [(1, 1, 1), (5, 3, 3), (3, 2, 17), (7, 4, 32), (2, 3, 100), (5, 2, 100), (1, 2, 257)]
        )
        {
            foreach (var reversed in (bool[])[false, true])
            {
                var expected = new CellRun("scalar", 1, cell, size, reversed).Forward().Backward().All;
                foreach (var threads in (int[])[1, 2, 3, 5])
                {
                    Assert.Equal(expected, new CellRun(name, threads, cell, size, reversed).Forward().Backward().All);
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
    [InlineData(30, 1024, 4, 5)] // more rows, whose weights come from memory
    public void Few_rows_are_cut_by_units(int batch, int hidden, int gates, int blocks)
    {
        var cut = ScanCut.WithMeetings(batch, hidden, gates, threads: 5, panelWidth: 16);
        Assert.True(cut.ByUnits);
        Assert.Equal(blocks, cut.Count);
    }

    [Theory]
    [InlineData(8, 100, 2, 2)] // enough rows
    [InlineData(16, 1024, 2, 2)]
    [InlineData(3, 40, 5, 3)] // too little work to meet after each step
    [InlineData(1, 8, 5, 1)] // one panel
    public void Others_are_cut_by_rows(int batch, int hidden, int threads, int blocks)
    {
        var cut = ScanCut.WithMeetings(batch, hidden, gates: 4, threads, panelWidth: 16);
        Assert.False(cut.ByUnits);
        Assert.Equal(blocks, cut.Count);
    }

    [Theory]
    [InlineData(1, 100, 3, true, 3)]
    [InlineData(2, 100, 3, true, 3)]
    [InlineData(3, 100, 3, false, 3)]
    [InlineData(1, 16, 3, false, 1)]
    public void Without_recurrent_weights_units_are_cut_where_there_are_fewer_rows_than_threads(
        int batch,
        int hidden,
        int threads,
        bool byUnits,
        int blocks
    )
    {
        var cut = ScanCut.WithoutMeetings(batch, hidden, threads, lineWidth: 16);
        Assert.Equal(byUnits, cut.ByUnits);
        Assert.Equal(blocks, cut.Count);
    }

    [Theory]
    [MemberData(nameof(TiersAndCells))]
    public void A_row_alone_gives_what_it_gives_in_a_batch(string name, string cellName)
    {
        const int hidden = 19;
        var cell = Cell.Named(cellName);
        var all = new CellRun(name, 1, cell, (3, 2, hidden));
        var gates = all.GateSize;
        Array.Clear(all.InitialH);
        Array.Clear(all.InitialC);
        var whole = all.Forward().H;
        float[] secondRow = [.. all.Input[gates..(2 * gates)], .. all.Input[(4 * gates)..(5 * gates)]];
        var one = new CellRun(name, 1, cell, (1, 2, hidden), input: secondRow);
        Array.Clear(one.InitialH);
        Array.Clear(one.InitialC);
        var alone = one.Forward().H;
        Assert.Equal(whole[hidden..(2 * hidden)], alone[..hidden]);
        Assert.Equal(whole[(4 * hidden)..(5 * hidden)], alone[hidden..]);
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Refuses_operands_of_the_wrong_length(string name) =>
        Assert.Throws<ArgumentException>(() =>
            VectorTier
                .Named(name)
                .Run(
                    new CellSequence
                    {
                        Cell = Cell.Named("lstm"),
                        Steps = 1,
                        Batch = 1,
                        HiddenSize = 2,
                        Gates = Host.Room<float>(8),
                        Weights = Host.Room<float>(Kernels.Products.Pack.Length(2, 8)),
                        InitialH = Host.Room<float>(2),
                        InitialC = Host.Room<float>(1),
                        H = Host.Room<float>(2),
                        C = Host.Room<float>(2),
                    },
                    new WorkerTeam(1)
                )
        );

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_cell_is_found_by_its_name_and_its_parameters_follow_from_its_gates(string name)
    {
        var cell = Cell.Named(name);
        Assert.Equal(name, cell.Name);
        var rows = cell.Gates.Count * 5;
        (string, int, int)[] input = [("weight_ih", rows, 3), ("bias_ih", rows, 0)];
        (string, int, int)[] recurrent = [("weight_hh", rows, 5), ("bias_hh", rows, 0)];
        var parameters = cell.Parameters(3, 5).Select(p => (p.Name, p.Rows, p.Columns));
        Assert.Equal(cell.IsRecurrent ? [input[0], recurrent[0], input[1], recurrent[1]] : input, parameters);
    }

    [Fact]
    public void Names_the_cells_when_there_is_no_such_one()
    {
        var error = Assert.Throws<ArgumentException>(() => Cell.Named("mgu"));
        Assert.Contains("gru, gru-reset-before, lstm, mingru, minlstm", error.Message, StringComparison.Ordinal);
    }
}
