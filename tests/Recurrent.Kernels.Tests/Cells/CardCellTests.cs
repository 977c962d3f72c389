using System.Text.RegularExpressions;
using Recurrent.Emulation;
using Recurrent.Kernels.Cells;

namespace Recurrent.Kernels.Tests.Cells;

public sealed class CardCellTests
{
    private const int Multiprocessors = 12;

    public static TheoryData<string, int, int, bool> Sizes
    {
        get
        {
            var sizes = new TheoryData<string, int, int, bool>();
            foreach (var cell in Cell.All)
            {
                sizes.Add(cell.Name, 1, 1, false);
                sizes.Add(cell.Name, 3, 7, true);
                sizes.Add(cell.Name, 8, 16, false);
                sizes.Add(cell.Name, 5, 33, true);
            }
            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_layer_on_a_card_has_the_bits_of_a_processor(string cell, int batch, int hidden, bool reversed) =>
        AssertSameBits(cell, (batch, 3, hidden), reversed, tile: null);

    [Theory]
    [InlineData("rnn", 4, 2, 1, 1, 8, true)]
    [InlineData("rnn", 6, 4, 2, 1, 8, false)]
    [InlineData("lstm", 8, 8, 1, 2, 16, true)]
    [InlineData("lstm", 8, 8, 2, 2, 4, false)]
    [InlineData("lstm", 8, 8, 2, 4, 12, false)]
    [InlineData("gru", 4, 4, 1, 1, 256, true)]
    [InlineData("gru", 8, 4, 2, 4, 8, false)]
    [InlineData("gru-reset-before", 8, 8, 1, 2, 8, true)]
    [InlineData("gru-reset-before", 4, 8, 2, 2, 4, false)]
    public void The_cut_for_blocks_and_threads_changes_no_bit(
        string cell,
        int units,
        int rows,
        int threadUnits,
        int threadRows,
        int depth,
        bool keepsWeights
    )
    {
        var tile = new SequenceTile(units, rows, threadUnits, threadRows, depth, keepsWeights);
        AssertSameBits(cell, (2 * rows, 3, 3 * units), reversed: false, tile); // whole tiles
        AssertSameBits(cell, ((2 * rows) + 1, 3, (3 * units) - 1), reversed: true, tile);
    }

    [Theory]
    [InlineData("rnn", 8, 3, 0, 9)]
    [InlineData("lstm", 4, 4, 0, 9)]
    [InlineData("lstm", 8, 3, 2, 9)]
    [InlineData("lstm", 8, 2, 1, 7)] // without copies that go on beside the work
    [InlineData("lstm", 16, 3, 1, 9)] // whole warps, each with equally many of a chunk's values
    [InlineData("gru", 12, 4, 1, 9)]
    [InlineData("gru-reset-before", 8, 3, 3, 9)]
    [InlineData("gru-reset-before", 8, 2, 0, 7)]
    public void Chunks_on_their_way_change_no_bit(string cell, int depth, int stages, int kept, int capability)
    {
        var tile = new SequenceTile(8, 16, 1, 2, depth, KeepsWeights: false) { Stages = stages, KeptChunks = kept };
        foreach (var size in ((int, int, int)[])[(16, 3, 24), (9, 3, 37)])
        {
            foreach (var keeps in (bool[])[false, true])
            {
                var cut = keeps ? tile with { KeepsWeights = true, KeptChunks = 0 } : tile;
                AssertSameBits(
                    cell,
                    size,
                    reversed: false,
                    cut,
                    Card(new() { Capability = (capability, 0), Seed = 3 })
                );
            }
        }
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    [InlineData("gru-reset-before")]
    [InlineData("mingru")]
    public void Tokens_in_place_of_vectors_have_the_bits_of_a_processor(string cell)
    {
        var size = (Batch: 5, Steps: 3, Hidden: 6);
        var gates = Cell.Named(cell).Gates.Count * size.Hidden;
        int[] tokens = [.. Enumerable.Range(0, size.Batch * size.Steps).Select(i => i * 7 % 4)];
        var table = Tiers.Values(4 * gates, 11);
        var expected = Run(cell, size, null, null).Forward(tokens, table).Backward();
        var actual = Run(cell, size, Card(), null).Forward(tokens, table).Backward();
        AssertSame(expected.All, actual.All);
    }

    [Theory]
    [InlineData(1, "Nothing")]
    [InlineData(2, "Warp")]
    [InlineData(3, "Warp")]
    [InlineData(4, "Block")]
    [InlineData(5, "Block")]
    public void No_order_of_blocks_and_warps_changes_a_bit(int seed, string starved)
    {
        var tile = new SequenceTile(8, 16, 1, 2, 8, KeepsWeights: false); // two warps
        foreach (var cell in (string[])["lstm", "gru-reset-before"])
        {
            var card = Card(new() { Seed = (ulong)seed, Starve = Enum.Parse<Starved>(starved) });
            AssertSameBits(cell, (17, 4, 22), reversed: false, tile, card);
        }
    }

    [Fact]
    public void A_program_is_written_once_for_a_shape()
    {
        var card = Card();
        for (var i = 0; i < 3; i++)
        {
            Run("gru", (5, 2 + i, 6), card, null).Forward().Backward();
        }
        Assert.Equal(2, card.Programs.Count());
    }

    [Fact]
    public void Batches_beyond_what_runs_at_once_go_in_several_launches()
    {
        var tile = new SequenceTile(4, 4, 1, 1, 8, KeepsWeights: true);
        var card = new EmulatedCard(new() { Multiprocessors = 1, SharedBytes = 8 * 1024 });
        AssertSameBits("lstm", (30, 2, 10), reversed: false, tile, new GpuQueue(card));
        Assert.True(card.Launches > 2);
    }

    [Theory]
    [InlineData("red.release.gpu", "red.relaxed.gpu")] // what is written before may come later
    [InlineData("ld.acquire.gpu", "ld.relaxed.gpu")] // what is read after may be older
    [InlineData(@"cp\.async\.wait_group \d+;", "")] // nobody waits for copies
    [InlineData(@"ld\.acquire\.gpu\.global\.u32 (%r\d+), \[.*?\]", "mov.u32 $1, 1000000")] // nobody waits
    [InlineData(@"red\.release\.gpu\.global\.add\.u32 \[(.*?)\], 1", "red.release.gpu.global.add.u32 [$1], 2")]
    [InlineData(@"bar\.sync 0;(?=\n\tmov\.u32 %r\d+, %tid\.x;\n\tsetp\.eq\.s32 %p\d+, %r\d+, 0;\n.*\n\tred)", "")]
    public void A_lost_wait_between_blocks_is_found(string pattern, string fault)
    {
        var tile = new SequenceTile(8, 16, 1, 2, 8, KeepsWeights: false);
        var size = (Batch: 16, Steps: 4, Hidden: 24);
        var shape = new SequenceShape(
            Cell.Named("lstm"),
            size.Hidden,
            false,
            false,
            IsWhole: true,
            HasAsyncCopies: true,
            tile
        );
        var program = shape.Cell.Program(shape);
        var text = Regex.Replace(program.Text, pattern, fault, RegexOptions.None, TimeSpan.FromMinutes(1));
        Assert.NotEqual(program.Text, text);
        var isFound = false;
        for (var seed = 1; seed <= 6 && !isFound; seed++)
        {
            var card = Card(new() { Seed = (ulong)seed, Starve = Starved.Block });
            _ = card.Function(new ProgramKey(typeof(CellSequence), Shape: shape), _ => program with { Text = text });
            isFound = Record.Exception(() => Run("lstm", size, card, tile).Forward()) is EmulationException;
        }
        Assert.True(isFound);
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("rnn")]
    public void NaN_stays_where_a_processor_has_it(string cell)
    {
        var size = (Batch: 3, Steps: 3, Hidden: 5);
        var input = Tiers.Values(size.Batch * size.Steps * size.Hidden * Cell.Named(cell).Gates.Count, 1);
        (input[1], input[^1]) = (float.NaN, float.PositiveInfinity);
        var expected = Run(cell, size, null, null, input: input).Forward().Backward();
        var actual = Run(cell, size, Card(), null, input: input).Forward().Backward();
        AssertSame(expected.All, actual.All);
    }

    private static void AssertSameBits(
        string cell,
        (int Batch, int Steps, int Hidden) size,
        bool reversed,
        SequenceTile? tile,
        GpuQueue? card = null
    )
    {
        var expected = Run(cell, size, null, null, reversed);
        var actual = Run(cell, size, card ?? Card(), tile, reversed);
        AssertSame(expected.Forward().All, actual.Forward().All);
        AssertSame(expected.Backward().All, actual.Backward().All);
    }

    private static CellRun Run(
        string cell,
        (int Batch, int Steps, int Hidden) size,
        GpuQueue? card,
        SequenceTile? tile,
        bool reversed = false,
        float[]? input = null
    ) => new("scalar", 1, Cell.Named(cell), size, reversed, input, card, tile);

    private static GpuQueue Card(EmulatedCardOptions? options = null) =>
        new(new EmulatedCard((options ?? new()) with { Multiprocessors = Multiprocessors }));

    private static void AssertSame(float[] expected, float[] actual) =>
        Assert.Equal(expected.Select(Bits), actual.Select(Bits));

    // A card's NaN has other bits than a processor's.
    private static uint Bits(float value) => float.IsNaN(value) ? 0x7FC00000 : BitConverter.SingleToUInt32Bits(value);
}
