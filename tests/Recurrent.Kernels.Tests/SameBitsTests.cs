using Recurrent.Emulation;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Sums;
using Recurrent.Kernels.Updates;

namespace Recurrent.Kernels.Tests;

/// <summary>
/// Every kernel against the scalar tier on one thread, to the bit, at odd sizes, for several threads and on a card.
/// Which NaN a result is may differ.
/// </summary>
public sealed class SameBitsTests
{
    private static readonly TestDevice s_reference = new HostDevice(VectorTier.Named("scalar"), threads: 1);

    // Kernels whose maths holds factors run with two sets of them, which on a card are one program's.
    private static readonly (string Name, Func<TestDevice, float[], float[], float[]> Run)[] s_kernels =
    [
        ("Tanh", (d, x, y) => Unary(d, x, default(Tanh))),
        ("Sigmoid", (d, x, y) => Unary(d, x, default(Sigmoid))),
        ("Relu", (d, x, y) => Unary(d, x, default(Relu))),
        ("SquareRoot", (d, x, y) => Unary(d, x, default(SquareRoot))),
        ("Affine", (d, x, y) => Unary(d, x, new Affine(1.7f, -0.3f), new Affine(-0.2f))),
        ("Clamp", (d, x, y) => Unary(d, x, new Clamp(0.4f), new Clamp(0.1f))),
        ("Add", (d, x, y) => Binary(d, x, y, default(Add))),
        ("Subtract", (d, x, y) => Binary(d, x, y, default(Subtract))),
        ("Multiply", (d, x, y) => Binary(d, x, y, default(Multiply))),
        ("Divide", (d, x, y) => Binary(d, x, y, default(Divide))),
        ("TanhBackward", (d, x, y) => Binary(d, x, y, default(TanhBackward))),
        ("SigmoidBackward", (d, x, y) => Binary(d, x, y, default(SigmoidBackward))),
        ("ReluBackward", (d, x, y) => Binary(d, x, y, default(ReluBackward))),
        ("AddScaled", (d, x, y) => Binary(d, x, y, new AddScaled(0.37f), new AddScaled(-2f))),
        ("Scale", (d, x, y) => d.Into(d.Unwritten(x.Length), z => new Scale(d.Of(x), d.Of(1.7f), z))),
        (
            "MomentumUpdate",
            (d, x, y) =>
                Updated(
                    d,
                    x,
                    (w, m, v, rate) =>
                        new MomentumUpdate
                        {
                            Weights = w,
                            Gradient = d.Of(y),
                            Moments = m,
                            Rate = rate,
                            Momentum = 0.9f + rate,
                            Decay = rate / 10,
                        }
                )
        ),
        (
            "RmsPropUpdate",
            (d, x, y) =>
                Updated(
                    d,
                    x,
                    (w, m, v, rate) =>
                        new RmsPropUpdate
                        {
                            Weights = w,
                            Gradient = d.Of(y),
                            Squares = m,
                            Rate = rate,
                            Keep = 0.99f,
                            Take = 0.01f + rate,
                            Epsilon = 1e-8f,
                            Decay = rate / 10,
                        }
                )
        ),
        (
            "AdamUpdate",
            (d, x, y) =>
                Updated(
                    d,
                    x,
                    (w, m, v, rate) =>
                        new AdamUpdate
                        {
                            Weights = w,
                            Gradient = d.Of(y),
                            Moments = m,
                            Squares = v,
                            Factors = new()
                            {
                                Rate = rate,
                                KeepFirst = 0.9f,
                                TakeFirst = 0.1f,
                                KeepSecond = 0.99f,
                                TakeSecond = 0.01f + rate,
                                RootScale = 3f,
                                Epsilon = 1e-8f,
                                Decay = rate / 10,
                                Shrink = 1 - rate,
                            },
                        }
                )
        ),
        ("Sum", (d, x, y) => [.. Sums(d, x, 1, 1), .. Sums(d, x, 1e8, 3)]),
        ("SumOfSquares", Squares),
        ("Shorten", (d, x, y) => [.. Shortened(d, x, 0.5), .. Shortened(d, x, 100)]),
        ("Fill", (d, x, y) => d.Into(d.Unwritten(x.Length), z => new Fill<float>(z, -0.7f))),
        ("Fill of float64", FilledOfFloat64),
        ("Spread", (d, x, y) => d.Into(d.Unwritten(x.Length), z => new Spread(d.Of(0.3f), 1 / 3.0, z))),
        ("Dropout", (d, x, y) => [.. Dropped(d, x, 0, 0.3), .. Dropped(d, x, 1023, 0), .. Dropped(d, x, 6, 0.9)]),
    ];

    [Theory]
    [MemberData(nameof(TestDevice.Names), MemberType = typeof(TestDevice))]
    public void Elements_sums_and_updates(string name)
    {
        var cases = ((int[])[.. Tiers.OddSizes, 4095, 4097, 20_001])
            .Select(size => (Tiers.Values(size, 1), Tiers.Values(size, 2)))
            .Concat(((int[])[33, 2049]).Select(size => (Odd(size, 1), Odd(size, 2))));
        var devices = TestDevice.Named(name, 1, 2, 3, 5).ToArray();
        foreach (var (x, y) in cases)
        {
            foreach (var (kernel, run) in s_kernels)
            {
                var expected = run(s_reference, x, y);
                foreach (var device in devices)
                {
                    AssertSameBits(expected, run(device, x, y), $"{kernel} of {x.Length}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(TestDevice.Names), MemberType = typeof(TestDevice))]
    public void Repeated_rows_sums_of_rows_and_cross_entropy(string name)
    {
        var devices = TestDevice.Named(name, 1, 2, 3).ToArray();
        foreach (
            var (rows, columns) in ((int, int)[])
                [(1, 1), (3, 2), (5, 17), (33, 28), (40, 129), (70, 300), (3, 1025), (2, 17_000), (4_200, 5), (300, 33)]
        )
        {
            foreach (var isOdd in (bool[])[false, true])
            {
                var expected = Rows(s_reference, rows, columns, isOdd);
                foreach (var device in devices)
                {
                    AssertSameBits(expected, Rows(device, rows, columns, isOdd), $"({rows}, {columns})");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(TestDevice.Names), MemberType = typeof(TestDevice))]
    public void Copies_and_repeated_axes(string name)
    {
        var devices = TestDevice.Named(name, 1, 3).ToArray();
        foreach (var (rows, columns) in ((int, int)[])[(0, 3), (3, 0), (1, 1), (3, 2), (5, 17), (33, 28), (70, 129)])
        {
            var expected = Places(s_reference, rows, columns);
            foreach (var device in devices)
            {
                AssertSameBits(expected, Places(device, rows, columns), $"({rows}, {columns})");
            }
        }
    }

    [Theory]
    [InlineData(1, nameof(Starved.Nothing))]
    [InlineData(2, nameof(Starved.Warp))]
    [InlineData(3, nameof(Starved.Warp))]
    [InlineData(4, nameof(Starved.Block))]
    [InlineData(5, nameof(Starved.Block))]
    public void Sums_on_a_card_in_any_order_of_its_warps(ulong seed, string starved)
    {
        var card = new CardDevice(new() { Seed = seed, Starve = Enum.Parse<Starved>(starved) });
        float[] All(TestDevice device) =>
            [
                .. Sums(device, Tiers.Values(70_001, 1), 1e4, 1),
                .. Squares(device, Tiers.Values(40_000, 2), Tiers.Values(10, 3)),
                .. Rows(device, 300, 33, isOdd: false),
                .. Rows(device, 4_200, 5, isOdd: false),
                .. Rows(device, 3, 2_100, isOdd: false),
            ];
        AssertSameBits(All(s_reference), All(card), "all");
    }

    [Fact]
    public void Every_kernel_is_compared_on_a_card_and_has_one_program_for_all_factors()
    {
        var card = new CardDevice();
        foreach (var (_, run) in s_kernels)
        {
            run(card, [1f, 2f, 3f], [4f, 5f, 6f]);
        }
        Rows(card, 3, 2, isOdd: false);
        Places(card, 3, 2);
        var kernels = typeof(IKernel).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IKernel)));
        Type[] elsewhere = [typeof(IKernel), typeof(MatrixProduct), typeof(Pack), typeof(CellSequence)];
        Assert.Equal(
            kernels.Except(elsewhere).Select(type => type.Name).Order(),
            card.Kernels.Select(type => type.Name).Order()
        );
        Assert.Distinct(card.Queue.Programs.Select(program => program.Text));
    }

    private static float[] Unary<TMaths>(TestDevice device, float[] x, params TMaths[] maths)
        where TMaths : unmanaged, IUnaryMaths =>
        [
            .. maths.SelectMany(m =>
                device.Into(device.Unwritten(x.Length), y => new Unary<TMaths>(device.Of(x), y, m))
            ),
            .. device.Into(device.Of(x), y => new Unary<TMaths>(y, y, maths[0])),
        ];

    private static float[] Binary<TMaths>(TestDevice device, float[] x, float[] y, params TMaths[] maths)
        where TMaths : unmanaged, IBinaryMaths =>
        [
            .. maths.SelectMany(m =>
                device.Into(device.Unwritten(x.Length), z => new Binary<TMaths>(device.Of(x), device.Of(y), z, m))
            ),
            .. device.Into(device.Of(x), z => new Binary<TMaths>(z, device.Of(y), z, maths[0])),
            .. device.Into(device.Of(y), z => new Binary<TMaths>(device.Of(x), z, z, maths[0])),
        ];

    /// <summary>The weights and their moments after three updates, the last at another rate.</summary>
    private static float[] Updated<TKernel>(
        TestDevice device,
        float[] weights,
        Func<Operand<float>, Operand<float>, Operand<float>, float, TKernel> kernel
    )
        where TKernel : struct, IKernel
    {
        var w = device.Of(weights);
        var (m, v) = (device.Room<float>(weights.Length), device.Room<float>(weights.Length));
        foreach (var rate in (float[])[0.1f, 0.1f, 0.03f])
        {
            device.Run(kernel(w, m, v, rate));
        }
        return [.. device.Read(w), .. device.Read(m), .. device.Read(v)];
    }

    private static float[] Sums(TestDevice device, float[] x, double multiplier, double divisor) =>
        device.Into(device.Unwritten(1), total => new Sum(device.Of(x), total, multiplier, divisor));

    private static float[] Squares(TestDevice device, float[] x, float[] y)
    {
        var total = device.Of(double.NaN);
        device.Run(new SumOfSquares(device.Of(x), total));
        device.Run(new SumOfSquares(device.Of(y), total, Accumulate: true));
        var sum = device.Read(total)[0];
        return [(float)sum, (float)((sum - (float)sum) * 1e8)];
    }

    private static float[] Shortened(TestDevice device, float[] x, double maxNorm) =>
        device.Into(device.Of(x), y => new Shorten(y, device.Of(1.25, 0.1, 3), maxNorm));

    private static float[] FilledOfFloat64(TestDevice device, float[] x, float[] y)
    {
        var filled = device.Of(Array.ConvertAll(x, value => (double)value));
        device.Run(new Fill<double>(filled, 1 / 3.0));
        return Array.ConvertAll(device.Read(filled), value => (float)((value - 0.333f) * 1e8));
    }

    private static float[] Dropped(TestDevice device, float[] x, int first, double probability) =>
        device.Into(
            device.Unwritten(x.Length),
            y => new Dropout
            {
                X = device.Of(x),
                Y = y,
                First = first,
                Seed = 0x0123_4567_89AB_CDEF,
                Stream = 0xFEDC_BA98_7654_3210,
                Probability = probability,
            }
        );

    private static float[] Rows(TestDevice device, int rows, int columns, bool isOdd)
    {
        var x = isOdd ? Odd(rows * columns, 1) : Tiers.Values(rows * columns, 1);
        var row = isOdd ? Odd(columns, 2) : Tiers.Values(columns, 2);
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 7 % columns)];
        int[] entries = [.. labels.Select(label => label % 3)];
        var step = columns + 3;
        var wide = Tiers.Values(rows * step, 3);
        var losses = device.Unwritten(rows);
        CrossEntropy Losses(Operand<float> logits, Operand<float> gradient) =>
            new()
            {
                Logits = logits,
                Labels = device.Of(labels),
                Losses = losses,
                Gradient = gradient,
                Scale = 1f / rows,
            };
        return
        [
            .. device.Into(device.Unwritten(x.Length), z => new Binary<Add>(device.Of(x), device.Of(row), z)),
            .. device.Into(device.Of(row), totals => new ColumnSums(device.Of(x), columns, totals, Accumulate: true)),
            .. device.Into(
                device.Unwritten(columns),
                totals => new ColumnSums(device.Of(wide).Columns(2, columns, step), step, totals, Accumulate: false)
            ),
            .. device.Into(device.Unwritten(x.Length), gradient => Losses(device.Of(x), gradient)),
            .. device.Read(losses),
            .. device.Into(device.Of(x), both => Losses(both, both)),
            .. device.Into(
                device.Of([.. row, .. row, .. row, .. row]),
                table => new AddRows(device.Of(x), device.Of(entries), table, columns, columns)
            ),
            .. device.Into(
                device.Of(wide[..Math.Min(wide.Length, 3 * step)]),
                table => new AddRows(
                    device.Of(wide).Columns(1, columns, step),
                    device.Of([.. entries.Select(entry => Math.Min(entry, rows - 1))]),
                    table.Columns(1, columns, step),
                    columns,
                    step
                )
            ),
        ];
    }

    private static float[] Places(TestDevice device, int rows, int columns)
    {
        var count = rows * columns;
        var x = Tiers.Values(count, 1);
        var table = Tiers.Values((rows + 2) * columns, 2);
        int[] indices = [.. Enumerable.Range(0, rows).Select(i => (i * 5 % (rows + 1)) + 1)];
        var all = new List<float>();
        Add(count, y => new Transpose(device.Of(x), rows, columns, y));
        Add(count, y => new CopyRows(device.Of(x), columns, y, columns, rows, columns));
        Add(rows * (columns + 1), y => new CopyRows(device.Of(x), 0, y, columns + 1, rows, columns));
        Add(count, y => new GatherRows(device.Of(table), device.Of(indices), columns, y));
        Add(table.Length, y => new ScatterRows(device.Of(x), device.Of([.. indices.Distinct()]), columns, y));
        Add(rows * (rows + 3), y => new OneHot(device.Of(indices), rows + 3, y));
        foreach (
            var axes in (RepeatedAxes[])
                [
                    new(2, rows, columns, 0, columns, 1),
                    new(2, rows, columns, columns, 0, 1),
                    new(2, rows, columns, rows, 1, 0),
                    new(2, rows, columns, 0, 1, 0),
                    new(2, rows, columns, 0, 0, 0),
                ]
        )
        {
            var small = axes.Count == 0 ? 3 : (int)axes.SmallCount;
            Add(2 * count, y => new Repeat(device.Of(Tiers.Values(small, 3)), axes, y));
            Add(small, y => new SumRepeated(device.Of([.. x, .. x]), axes, y, Accumulate: false));
            all.AddRange(
                device.Into(
                    device.Of(Tiers.Values(small, 4)),
                    y => new SumRepeated(device.Of([.. x, .. x]), axes, y, Accumulate: true)
                )
            );
        }
        return [.. all];

        void Add<TKernel>(int length, Func<Operand<float>, TKernel> kernel)
            where TKernel : struct, IKernel => all.AddRange(device.Into(device.Unwritten(length), kernel));
    }

    /// <summary>Values among which there are infinities, zeros of both signs, and very small and very large ones.</summary>
    private static float[] Odd(int length, uint seed)
    {
        float[] odd =
        [
            -0f,
            1e-40f,
            0f,
            -1e-45f,
            3e38f,
            88.5f,
            -86.75f,
            float.NaN,
            float.PositiveInfinity,
            0.625f,
            float.NegativeInfinity,
        ];
        return
        [
            .. Tiers.Values(length, seed).Select((value, i) => i % 3 == 0 ? odd[(i / 3 * seed) % odd.Length] : value),
        ];
    }

    private static void AssertSameBits(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i])
                    || (float.IsNaN(expected[i]) && float.IsNaN(actual[i])),
                $"{what}: value {i} is {actual[i]:R}, not {expected[i]:R}."
            );
        }
    }
}
