using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Sums;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Updates;

namespace Recurrent.Kernels.Tests;

/// <summary>
/// Every kernel against the scalar tier on one thread, to the bit, at odd sizes and for several threads.
/// </summary>
public sealed class SameBitsTests
{
    private static readonly Device s_reference = new(VectorTier.Named("scalar"), new WorkerTeam(1));

    private static readonly (string Name, Func<Device, float[], float[], float[]> Run)[] s_kernels =
    [
        ("Tanh", (d, x, y) => d.Into(x, z => new Unary<Tanh>(Host.Of(x), z))),
        ("Sigmoid", (d, x, y) => d.Into(x, z => new Unary<Sigmoid>(Host.Of(x), z))),
        ("Relu", (d, x, y) => d.Into(x, z => new Unary<Relu>(Host.Of(x), z))),
        ("SquareRoot", (d, x, y) => d.Into(x, z => new Unary<SquareRoot>(Host.Of(x), z))),
        ("Affine", (d, x, y) => d.Into(x, z => new Unary<Affine>(Host.Of(x), z, new(1.7f, -0.3f)))),
        ("Scale", (d, x, y) => d.Into(x, z => new Scale(Host.Of(x), Host.Of(1.7f), z))),
        ("Add", (d, x, y) => d.Into(x, z => Add(x, y, z))),
        ("Subtract", (d, x, y) => d.Into(x, z => new Binary<Subtract>(Host.Of(x), Host.Of(y), z))),
        ("Multiply", (d, x, y) => d.Into(x, z => new Binary<Multiply>(Host.Of(x), Host.Of(y), z))),
        ("Divide", (d, x, y) => d.Into(x, z => new Binary<Divide>(Host.Of(x), Host.Of(y), z))),
        ("TanhBackward", (d, x, y) => d.Into(x, z => new Binary<TanhBackward>(Host.Of(x), Host.Of(y), z))),
        ("SigmoidBackward", (d, x, y) => d.Into(x, z => new Binary<SigmoidBackward>(Host.Of(x), Host.Of(y), z))),
        ("ReluBackward", (d, x, y) => d.Into(x, z => new Binary<ReluBackward>(Host.Of(x), Host.Of(y), z))),
        (
            "AddScaled",
            (d, x, y) =>
                d.Into(
                    x,
                    z =>
                    {
                        x.CopyTo(z.AsSpan());
                        return new Binary<AddScaled>(z, Host.Of(y), z, new(0.37f));
                    }
                )
        ),
        ("Clamp", (d, x, y) => d.Into(x, z => new Unary<Clamp>(Host.Of(x), z, new(0.4f)))),
        (
            "MomentumUpdate",
            (d, x, y) =>
                d.Updated(
                    x,
                    (w, m, v) =>
                        new MomentumUpdate
                        {
                            Weights = w,
                            Gradient = Host.Of(y),
                            Moments = m,
                            Rate = 0.1f,
                            Momentum = 0.9f,
                            Decay = 0.01f,
                        }
                )
        ),
        (
            "RmsPropUpdate",
            (d, x, y) =>
                d.Updated(
                    x,
                    (w, m, v) =>
                        new RmsPropUpdate
                        {
                            Weights = w,
                            Gradient = Host.Of(y),
                            Squares = m,
                            Rate = 0.1f,
                            Keep = 0.99f,
                            Take = 0.01f,
                            Epsilon = 1e-8f,
                            Decay = 0.01f,
                        }
                )
        ),
        (
            "AdamUpdate",
            (d, x, y) =>
                d.Updated(
                    x,
                    (w, m, v) =>
                        new AdamUpdate
                        {
                            Weights = w,
                            Gradient = Host.Of(y),
                            Moments = m,
                            Squares = v,
                            Factors = new()
                            {
                                Rate = 0.1f,
                                KeepFirst = 0.9f,
                                TakeFirst = 0.1f,
                                KeepSecond = 0.99f,
                                TakeSecond = 0.01f,
                                RootScale = 3f,
                                Epsilon = 1e-8f,
                                Decay = 0.01f,
                                Shrink = 0.9f,
                            },
                        }
                )
        ),
        ("Sum", (d, x, y) => [.. d.Sums(x, 1), .. d.Sums(x, 1e8)]),
        ("SumOfSquares", (d, x, y) => d.Squares(x)),
    ];

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Elements_sums_and_updates(string name)
    {
        var tier = VectorTier.Named(name);
        foreach (var size in (int[])[.. Tiers.OddSizes, 4095, 4097, 20_001])
        {
            var x = Tiers.Values(size, 1);
            var y = Tiers.Values(size, 2);
            foreach (var (kernel, run) in s_kernels)
            {
                var expected = run(s_reference, x, y);
                foreach (var threads in (int[])[1, 2, 3, 5])
                {
                    var actual = run(new Device(tier, new WorkerTeam(threads)), x, y);
                    AssertSameBits(expected, actual, $"{kernel} of {size}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Repeated_rows_sums_of_rows_and_cross_entropy(string name)
    {
        foreach (var (rows, columns) in ((int, int)[])[(1, 1), (3, 2), (5, 17), (33, 28), (40, 129), (70, 300)])
        {
            var x = Tiers.Values(rows * columns, 1);
            var row = Tiers.Values(columns, 2);
            int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 7 % columns)];
            float[] All(Device d)
            {
                var sum = d.Into(x, z => Add(x, row, z));
                var sums = new ColumnSums(Host.Of(x), row.Length, Host.Of(row), Accumulate: true);
                d.Run(sums);
                var losses = new CrossEntropy
                {
                    Logits = Host.Of(x),
                    Labels = Host.Of(labels),
                    Losses = Host.Room<float>(rows),
                    Gradient = Host.Room<float>(x.Length),
                    Scale = 1f / rows,
                };
                d.Run(losses);
                var table = new AddRows(
                    Host.Of(x),
                    Host.Of([.. labels.Select(label => label % 2)]),
                    Host.Of([.. row, .. row]),
                    columns,
                    columns
                );
                d.Run(table);
                return
                [
                    .. sum,
                    .. sums.Totals.ToArray(),
                    .. losses.Losses.ToArray(),
                    .. losses.Gradient.ToArray(),
                    .. table.Table.ToArray(),
                ];
            }
            var expected = All(s_reference);
            foreach (var threads in (int[])[1, 2, 3])
            {
                var actual = All(new Device(VectorTier.Named(name), new WorkerTeam(threads)));
                AssertSameBits(expected, actual, $"({rows}, {columns})");
            }
        }
    }

    private static Binary<Add> Add(float[] x, float[] y, Operand<float> z) => new(Host.Of(x), Host.Of(y), z);

    private static void AssertSameBits(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]),
                $"{what}: value {i} is {actual[i]:R}, not {expected[i]:R}."
            );
        }
    }

    private sealed record Device(VectorTier Tier, WorkerTeam Team)
    {
        public void Run<TKernel>(in TKernel kernel)
            where TKernel : struct, IKernel => Tier.Run(kernel, Team);

        public float[] Into<TKernel>(float[] like, Func<Operand<float>, TKernel> kernel)
            where TKernel : struct, IKernel
        {
            var result = Host.Unwritten(like.Length);
            Run(kernel(result));
            return result.ToArray();
        }

        /// <summary>The weights and their moments after two updates.</summary>
        public float[] Updated<TKernel>(
            float[] weights,
            Func<Operand<float>, Operand<float>, Operand<float>, TKernel> kernel
        )
            where TKernel : struct, IKernel
        {
            var w = Host.Of(weights);
            var (m, v) = (Host.Room<float>(weights.Length), Host.Room<float>(weights.Length));
            Run(kernel(w, m, v));
            Run(kernel(w, m, v));
            return [.. w.ToArray(), .. m.ToArray(), .. v.ToArray()];
        }

        public float[] Sums(float[] x, double multiplier)
        {
            var sum = new Sum(Host.Of(x), Host.Room<float>(1), Multiplier: multiplier);
            Run(sum);
            return sum.Total.ToArray();
        }

        public float[] Squares(float[] x)
        {
            var sum = new SumOfSquares(Host.Of(x), Host.Room<double>(1));
            Run(sum);
            var total = sum.Total.ToArray()[0];
            return [(float)total, (float)(total * 1e8)];
        }
    }
}
