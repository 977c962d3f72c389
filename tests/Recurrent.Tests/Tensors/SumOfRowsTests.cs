using Recurrent.Optimizing;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

/// <summary>Sums of rows of tables, and gradients that are of the rows that were read alone.</summary>
public sealed class SumOfRowsTests
{
    private const int Entries = 6;

    [Fact]
    public void They_and_their_gradients_are_those_of_lookups() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                foreach (var scale in (float[])[1, 2]) // whose products are exact
                {
                    Tensor[] Tables() => [.. Enumerable.Range(0, 3).Select(i => Leaf(s.Seed + i, s.K))];
                    var (tables, wholes) = (Tables(), Tables());
                    var rows = Draw.Indices(s.Seed, 3 * s.M * s.N, Entries);
                    var expected = Enumerable
                        .Range(0, 3)
                        .Select(i => Lookup(wholes[i], rows, i, s.M, s.N) * (i == 0 ? 1 : scale))
                        .Aggregate((sum, next) => sum + next);
                    var sums = Tensor.SumOfRows(tables, rows, s.M, s.N, scale);
                    Assert.Equal(expected.ToArray(), sums.ToArray());
                    (expected * expected).Sum().Backward();
                    (sums * sums).Sum().Backward();
                    Assert.Null(tables[0].GradientRows);
                    Assert.Equal(wholes[0].Gradient!.ToArray(), tables[0].Gradient!.ToArray());
                    for (var i = 1; i < 3; i++)
                    {
                        Assert.Equal(rows[(i * s.M * s.N)..][..(s.M * s.N)].Distinct().Count(), RowsOf(tables[i]));
                        Assert.Equal(wholes[i].Gradient!.ToArray(), Whole(tables[i]));
                    }
                }
            }
        );

    [Fact]
    public void A_row_that_there_is_not_adds_nothing_and_gets_no_gradient()
    {
        var (first, second) = (Leaf(1, 3), Leaf(2, 3));
        var sums = Tensor.SumOfRows([first, second], [4, 2, Entries, 5], 2, 1, scale: 1);
        Assert.Equal(first.ToArray()[12..15], sums[0].ToArray());
        sums.Sum().Backward();
        Assert.Equal((1, 3f), (RowsOf(second), second.Gradient!.Sum().ToScalar()));
        second.ClearGradient();
        Tensor.SumOfRows([first, second], [4, Entries], 1, 1, scale: 1).Sum().Backward();
        Assert.Equal((0, 0.0), (RowsOf(second), GradientClipping.GlobalNorm([new("second", second)])));
    }

    [Fact]
    public void Gradients_of_several_passes_add_up_until_they_are_cleared()
    {
        var (first, second) = (Leaf(1, 3), Leaf(2, 3));
        Pass(1, 4, 1);
        Pass(4, 5, Entries, 0, 0);
        Assert.Equal([2f, 2, 0, 0, 2, 1], Whole(second).Chunk(3).Select(row => row[0]));
        second.ClearGradient();
        Pass(2);
        Assert.Equal([0, 0, 1f, 0, 0, 0], Whole(second).Chunk(3).Select(row => row[0]));

        void Pass(params int[] rows) =>
            Tensor.SumOfRows([first, second], [.. rows.Select(_ => 0), .. rows], rows.Length, 1, 1).Sum().Backward();
    }

    [Fact]
    public void A_gradient_of_all_rows_is_not_mixed_with_one_of_some()
    {
        var (first, second) = (Leaf(1, 3), Leaf(2, 3));
        Tensor.SumOfRows([first, second], [0, 1], 1, 1, 1).Sum().Backward();
        Assert.Throws<InvalidOperationException>(() => (second * 2).Sum().Backward());
        second.ClearGradient();
        (second * 2).Sum().Backward();
        Assert.Equal(2, second.Gradient!.ToArray()[17]);
        var again = Tensor.SumOfRows([first, second], [0, 1], 1, 1, 1).Sum();
        Assert.Throws<InvalidOperationException>(again.Backward);
    }

    [Fact]
    public void Every_optimizer_moves_the_rows_that_were_read_as_it_would_move_them_alone_and_no_others()
    {
        (Func<IReadOnlyList<Parameter>, Optimizer> Make, int Moments)[] rules =
        [
            (p => new Sgd(p), 0),
            (p => new Sgd(p, momentum: 0.9, weightDecay: 0.1), 1),
            (p => new RmsProp(p, weightDecay: 0.1), 1),
            (p => new Adam(p, weightDecay: 0.1), 2),
            (p => new Adam(p, weightDecay: 0.1, decoupled: true), 2),
            (p => new Halving(p), 0),
        ];
        foreach (var (make, moments) in rules)
        {
            var (first, table, alone) = (Leaf(1, 3), Leaf(2, 3), Leaf(2, 3));
            var parameters = new Parameter[] { new("table", table) };
            var (optimizer, reference) = (make(parameters), make([new("alone", alone)]));
            for (var step = 0; step < 3; step++)
            {
                table.ClearGradient();
                alone.ClearGradient();
                var sums = Tensor.SumOfRows([first, table], [0, 1, 2, 4, 1, 4], 3, 1, 1);
                (sums * sums).Sum().Backward();
                var whole = Lookup(first, [0, 1, 2], 0, 3, 1) + Lookup(alone, [4, 1, 4], 0, 3, 1);
                (whole * whole).Sum().Backward();
                Assert.Equal(
                    GradientClipping.GlobalNorm([new("alone", alone)]),
                    GradientClipping.GlobalNorm(parameters),
                    1e-5
                );
                optimizer.Update(0.01);
                reference.Update(0.01);
                var (moved, stayed) = (table.ToArray().Chunk(3).ToArray(), Leaf(2, 3).ToArray().Chunk(3).ToArray());
                var expected = alone.ToArray().Chunk(3).ToArray();
                for (var row = 0; row < Entries; row++)
                {
                    Assert.Equal(row is 1 or 4 ? expected[row] : stayed[row], moved[row]);
                }
            }
            Assert.Equal(moments, optimizer.MomentNames.Count);
            for (var i = 0; i < moments; i++)
            {
                var kept = optimizer.Moment(i, 0).ToArray().Chunk(3).ToArray();
                Assert.Equal([1, 4], Enumerable.Range(0, Entries).Where(row => kept[row].Any(value => value != 0)));
            }
        }
    }

    [Fact]
    public void The_bits_are_the_same_in_pieces_and_recorded()
    {
        foreach (var (batch, width) in ((int, int)[])[(20, 33), (16, 64), (5, 7)])
        {
            var rows = Draw.Indices(3, 2 * 4 * batch, Entries + 1);
            for (var i = 0; i < 4 * batch; i++)
            {
                rows[i] %= Entries;
            }
            var expected = Run(new CpuDevice(1), isRecorded: false);
            Assert.Equal(expected, Run(new CpuDevice(3), isRecorded: true));
            Assert.Equal(expected, Run(new PiecesDevice(7), isRecorded: false));

            float[][] Run(Device device, bool isRecorded)
            {
                Tensor[] tables = [Leaf(1, width, device), Leaf(2, width, device)];
                using var recording = isRecorded ? device.Record() : null;
                var sums = Tensor.SumOfRows(tables, rows, 4, batch, 1.25f);
                (sums * Tensor.Tanh(sums)).Sum().Backward();
                new Sgd([new("first", tables[0]), new("second", tables[1])], momentum: 0.5).Update(0.1);
                return [sums.ToArray(), tables[0].ToArray(), tables[1].ToArray()];
            }
        }
    }

    private static Tensor Leaf(int seed, int width, Device? device = null) =>
        Tensor
            .From(device ?? Device.Default, Draw.Values(seed, Entries, width).ToArray(), Entries, width)
            .RequireGradient();

    /// <summary>The part of the rows that is a table's, looked up.</summary>
    private static Tensor Lookup(Tensor table, int[] rows, int part, int steps, int batch) =>
        Tensor.Lookup(table, Indices.From(rows.AsSpan(part * steps * batch, steps * batch), steps, batch));

    private static int RowsOf(Tensor table) => table.Gradient!.Shape[0];

    /// <summary>A gradient of some rows as one of all.</summary>
    private static float[] Whole(Tensor table)
    {
        var whole = Tensor.Zeros(table.Shape.ToArray());
        table.GradientRows!.Scatter(table.Gradient!, whole);
        return whole.ToArray();
    }

    /// <summary>A rule of a caller's own.</summary>
    private sealed class Halving(IReadOnlyList<Parameter> parameters) : Optimizer(parameters)
    {
        protected override void Update(Tensor weights, Tensor gradient, IReadOnlyList<Tensor> _, double rate) =>
            weights.ScaleInPlace(0.5f);
    }
}
