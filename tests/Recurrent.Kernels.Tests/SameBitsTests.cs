using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Sums;
using Recurrent.Kernels.Updates;
using static Recurrent.Kernels.Tests.KernelRuns;

namespace Recurrent.Kernels.Tests;

/// <summary>
/// Every kernel against the scalar tier on one thread, to the bit, at odd sizes, for several threads and on a card.
/// Which NaN a result is may differ.
/// </summary>
public sealed class SameBitsTests
{
    internal static TestDevice Reference { get; } = new HostDevice(VectorTier.Named("scalar"), threads: 1);

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
        ("Sum", (d, x, y) => [.. SumOf(d, x, 1, 1), .. SumOf(d, x, 1e8, 3)]),
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
                var expected = run(Reference, x, y);
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
                var expected = Rows(Reference, rows, columns, isOdd);
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
            var expected = Places(Reference, rows, columns);
            foreach (var device in devices)
            {
                AssertSameBits(expected, Places(device, rows, columns), $"({rows}, {columns})");
            }
        }
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
        Type[] elsewhere =
        [
            .. (Type[])[typeof(IKernel), typeof(MatrixProduct), typeof(Pack), typeof(CellSequence)],
            .. (Type[])[typeof(ShardedProduct), typeof(ShardedColumnSums)], // a card takes one shard after the other
        ];
        Assert.Equal(
            kernels.Except(elsewhere).Select(type => type.Name).Order(),
            card.Kernels.Select(type => type.Name).Order()
        );
        Assert.Distinct(card.Queue.Programs.Select(program => program.Text));
    }

    internal static void AssertSameBits(float[] expected, float[] actual, string what)
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
