using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Products;

public sealed class CardProductTests
{
    private static readonly WorkerTeam s_team = new(1);

    public static TheoryData<int> Variants => [.. Enumerable.Range(0, ProductTile.Variants.Count)];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_tile_gives_the_bits_of_the_scalar_tier(int variant)
    {
        var tile = ProductTile.Variants[variant];
        using var card = new EmulatedCard(new() { Multiprocessors = 132, Seed = 5 });
        var gpu = new GpuQueue(card);
        foreach (var flags in Enumerable.Range(0, 4))
        {
            var any = new Case(TransposedA: (flags & 1) != 0, Accumulate: (flags & 2) != 0);
            AssertSameBits(gpu, tile, any with { Rows = 1, Columns = 1, Depth = 1 });
            AssertSameBits(gpu, tile, any with { Rows = 4, Columns = tile.Columns + 4, Depth = tile.Depth + 4 });
            AssertSameBits(gpu, tile, any with { Rows = tile.Rows, Columns = 12, Depth = 3 * tile.Depth });
            AssertSameBits(gpu, tile, any with { Rows = tile.Rows + 3, Columns = 7, Depth = 2 * tile.Depth, OddA = 1 });
            AssertSameBits(
                gpu,
                tile,
                any with
                {
                    Rows = tile.Rows - 3,
                    Columns = tile.Columns - 3,
                    Depth = tile.Depth + 3,
                    OddB = 1,
                    OddC = 3,
                }
            );
        }
    }

    [Fact]
    public void Any_shape_at_any_place_gives_the_bits_of_the_scalar_tier()
    {
        using var card = new EmulatedCard(new() { Multiprocessors = 132 });
        var gpu = new GpuQueue(card);
        var cases =
            from sizes in Gen.Choose(0, 70).Three()
            from flags in Gen.Choose(0, 7)
            from odd in Gen.Choose(0, 3).Three()
            from beside in Gen.Choose(0, 5)
            from variant in Gen.Choose(-1, ProductTile.Variants.Count - 1)
            select (
                new Case((flags & 1) != 0, (flags & 2) != 0)
                {
                    TransposedB = (flags & 4) != 0,
                    Rows = sizes.Item1,
                    Columns = sizes.Item2,
                    Depth = sizes.Item3,
                    OddA = odd.Item1,
                    OddB = odd.Item2,
                    OddC = odd.Item3,
                    Beside = beside,
                },
                variant
            );
        Prop.ForAll(
                cases.ToArbitrary(),
                one => AssertSameBits(gpu, one.variant < 0 ? null : ProductTile.Variants[one.variant], one.Item1)
            )
            .Check(Config.QuickThrowOnFailure.WithReplay(0x5EED, 0xC0DE | 1));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-0f)]
    [InlineData(-1e-45f)]
    public void What_a_sum_holds_is_not_touched_by_what_fills_up_a_chunk(float value)
    {
        using var card = new EmulatedCard();
        var gpu = new GpuQueue(card);
        var c = OnCard(card, [value]);
        var product = new MatrixProduct
        {
            A = OnCard(card, [-0f]), // −0 · 0 and the value make the value
            B = OnCard(card, new float[Pack.Length(1, 1)]),
            C = c,
            Rows = 1,
            Columns = 1,
            Depth = 1,
            Accumulate = true,
        };
        foreach (var tile in ProductTile.Variants)
        {
            product.Launch(gpu, tile);
            var result = Assert.Single(ToHost(card, c));
            Assert.Equal(Bits(value), Bits(result));
        }

        static int Bits(float value) => float.IsNaN(value) ? -1 : BitConverter.SingleToInt32Bits(value);
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(5, 4, 0)]
    [InlineData(5, 4, 1)]
    [InlineData(33, 28, 0)]
    [InlineData(7, 100, 3)]
    [InlineData(70, 65, 0)]
    [InlineData(0, 9, 0)]
    public void A_card_packs_row_by_row_up_to_a_multiple_of_32_columns(int rows, int columns, int odd)
    {
        using var card = new EmulatedCard();
        var gpu = new GpuQueue(card);
        var b = Tiers.Values(rows * columns, 1);
        var step = (columns + 31) / 32 * 32;
        var expected = new float[rows * step];
        for (var i = 0; i < b.Length; i++)
        {
            expected[(i / columns * step) + (i % columns)] = b[i];
        }
        foreach (var transposed in (bool[])[false, true])
        {
            var source = transposed ? [.. b.Select((_, i) => b[(i % rows * columns) + (i / rows)])] : b;
            var packed = OnCard(card, [.. Enumerable.Repeat(float.NaN, Pack.Length(rows, columns))]);
            new Pack(OnCard(card, source, odd), transposed, rows, columns, packed).Launch(gpu);
            Assert.Equal(expected, ToHost(card, packed));
        }
    }

    [Theory]
    [InlineData(4096, 1024, 32768, 64)]
    [InlineData(32768, 4096, 1024, 64)]
    [InlineData(32768, 28, 1024, 16)]
    [InlineData(32768, 96, 1024, 16)]
    public void Threads_of_a_large_product_have_many_sums(int rows, int columns, int depth, int sums)
    {
        var tile = ProductTile.For(rows, columns, depth, multiprocessors: 132);
        Assert.True(tile.ThreadRows * tile.ThreadColumns >= sums, $"{tile}");
    }

    [Theory]
    [InlineData(1120, 28, 256, 64)]
    [InlineData(1120, 256, 28, 120)]
    [InlineData(256, 256, 1120, 64)]
    [InlineData(28, 1024, 32768, 64)]
    [InlineData(32768, 28, 1024, 132)]
    public void A_small_product_is_spread_over_the_multiprocessors(int rows, int columns, int depth, int blocks)
    {
        var tile = ProductTile.For(rows, columns, depth, multiprocessors: 132);
        Assert.True(tile.Blocks(rows, columns) >= blocks, $"{tile} makes {tile.Blocks(rows, columns)} blocks.");
    }

    [Fact]
    public void A_card_takes_only_whole_rows_and_operands_of_the_right_length()
    {
        using var card = new EmulatedCard();
        var gpu = new GpuQueue(card);
        var (six, packed) = (OnCard(card, new float[6]), OnCard(card, new float[Pack.Length(2, 3)]));
        var right = new MatrixProduct
        {
            A = OnCard(card, new float[4]),
            B = packed,
            C = six,
            Rows = 2,
            Columns = 3,
            Depth = 2,
        };
        right.Launch(gpu);
        Assert.Throws<ArgumentException>(() => (right with { A = six }).Launch(gpu));
        Assert.Throws<ArgumentException>(() => (right with { B = six }).Launch(gpu));
        Assert.Throws<ArgumentException>(() => (right with { C = packed }).Launch(gpu));
        Assert.Throws<ArgumentException>(() => new Pack(six, Transposed: false, 2, 3, six).Launch(gpu));
        Assert.Throws<ArgumentException>(() => new Pack(six, Transposed: true, 2, 2, packed).Launch(gpu));
        var error = Assert.Throws<NotSupportedException>(() => (right with { Groups = 2 }).Launch(gpu));
        Assert.Contains("2 groups", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Compares a product on a card with one on the scalar tier.</summary>
    private static void AssertSameBits(GpuQueue gpu, ProductTile? tile, Case one)
    {
        var (rows, columns, depth) = (one.Rows, one.Columns, one.Depth);
        var stepA = rows + (one.TransposedA ? one.Beside : 0);
        var lengthOfA = one.TransposedA ? (int)Operand.Length(depth, rows, stepA) : rows * depth;
        var (a, b, c) = (Values(lengthOfA, 1), Values(depth * columns, 2), Values(rows * columns, 3));

        var (card, tier) = (gpu.Card, VectorTier.Named("scalar"));
        var (packed, packedOnCard) = (
            Host.Unwritten(Pack.Length(depth, columns)),
            OnCard(card, new float[Pack.Length(depth, columns)])
        );
        var pack = new Pack(Host.Of(b), one.TransposedB, depth, columns, packed);
        tier.Run(pack, s_team);
        (pack with { B = OnCard(card, b, one.OddB), Packed = packedOnCard }).Launch(gpu);

        var product = new MatrixProduct
        {
            A = Host.Of(a),
            TransposedA = one.TransposedA,
            StepA = stepA,
            B = packed,
            C = Host.Of(c),
            Rows = rows,
            Columns = columns,
            Depth = depth,
            Accumulate = one.Accumulate,
        };
        tier.Run(product, s_team);
        var onCard = product with { A = OnCard(card, a, one.OddA), B = packedOnCard, C = OnCard(card, c, one.OddC) };
        if (tile is null)
        {
            onCard.Launch(gpu);
        }
        else
        {
            onCard.Launch(gpu, tile);
        }
        var (expected, actual) = (product.C.ToArray(), ToHost(card, onCard.C));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]),
                $"{one} by {tile}: value {i} is {actual[i]:R}, not {expected[i]:R}."
            );
        }
    }

    /// <summary>Values, some so small that a product of two vanishes and leaves a zero with its sign.</summary>
    private static float[] Values(int length, uint seed) =>
        [.. Tiers.Values(length, seed).Select((value, i) => i % 7 < 3 ? value * 1e-25f : value)];

    /// <summary>A copy that starts a number of values behind a multiple of 256 bytes.</summary>
    private static Operand<float> OnCard(GpuCard card, float[] values, int odd = 0)
    {
        var memory = new Operand<float>(new GpuMemory<float>(card, values.Length + odd)).Slice(odd, values.Length);
        card.Upload(MemoryMarshal.AsBytes<float>(values), memory.Address);
        return memory;
    }

    private static float[] ToHost(GpuCard card, Operand<float> operand)
    {
        var values = new float[operand.Length];
        card.Download(operand.Address, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private sealed record Case(bool TransposedA, bool Accumulate)
    {
        public bool TransposedB { get; init; }
        public int Rows { get; init; }
        public int Columns { get; init; }
        public int Depth { get; init; }

        /// <summary>Values by which an operand starts behind a multiple of 16 bytes.</summary>
        public int OddA { get; init; }

        /// <inheritdoc cref="OddA"/>
        public int OddB { get; init; }

        /// <inheritdoc cref="OddA"/>
        public int OddC { get; init; }

        /// <summary>Columns of a transposed A beside those of the product.</summary>
        public int Beside { get; init; }
    }
}
