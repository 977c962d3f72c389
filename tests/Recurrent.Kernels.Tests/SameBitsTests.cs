using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests;

/// <summary>Every kernel against the scalar tier on one thread, to the bit, at odd sizes and for several threads.</summary>
public sealed class SameBitsTests
{
    private static readonly KernelTier s_scalar = KernelTier.Named("scalar");
    private static readonly WorkerTeam s_one = new(1);

    private delegate float[] Kernel(KernelTier tier, WorkerTeam team, float[] x, float[] y);

    private static readonly (string Name, Kernel Run)[] s_kernels =
    [
        ("Tanh", static (k, t, x, y) => Into(x, z => k.Tanh(t, x, z))),
        ("Sigmoid", static (k, t, x, y) => Into(x, z => k.Sigmoid(t, x, z))),
        ("Relu", static (k, t, x, y) => Into(x, z => k.Relu(t, x, z))),
        ("Affine", static (k, t, x, y) => Into(x, z => k.Affine(t, x, 1.7f, -0.3f, z))),
        ("Add", static (k, t, x, y) => Into(x, z => k.Add(t, x, y, z))),
        ("Subtract", static (k, t, x, y) => Into(x, z => k.Subtract(t, x, y, z))),
        ("Multiply", static (k, t, x, y) => Into(x, z => k.Multiply(t, x, y, z))),
        ("TanhBackward", static (k, t, x, y) => Into(x, z => k.TanhBackward(t, x, y, z))),
        ("SigmoidBackward", static (k, t, x, y) => Into(x, z => k.SigmoidBackward(t, x, y, z))),
        ("ReluBackward", static (k, t, x, y) => Into(x, z => k.ReluBackward(t, x, y, z))),
        (
            "AddScaled",
            static (k, t, x, y) =>
                Into(
                    x,
                    z =>
                    {
                        x.CopyTo(z, 0);
                        k.AddScaled(t, z, 0.37f, y);
                    }
                )
        ),
        ("Clamp", static (k, t, x, y) => Into(x, z => k.Clamp(t, x, 0.4f, z))),
        (
            "MomentumUpdate",
            static (k, t, x, y) => Updated(x, (w, m, v) => k.MomentumUpdate(t, y, 0.1f, 0.9f, 0.01f, m, w))
        ),
        (
            "RmsPropUpdate",
            static (k, t, x, y) =>
                Updated(x, (w, m, v) => k.RmsPropUpdate(t, y, 0.1f, 0.99f, 0.01f, 1e-8f, 0.01f, m, w))
        ),
        (
            "AdamUpdate",
            static (k, t, x, y) =>
                Updated(
                    x,
                    (w, m, v) =>
                        k.AdamUpdate(
                            t,
                            y,
                            new(0.1f, 0.9f, 0.1f, 0.99f, 0.01f, 3f, 1e-8f, 0.01f, 0.9f),
                            m,
                            v,
                            w
                        )
                )
        ),
        ("Sum", static (k, t, x, y) => [(float)k.Sum(x), (float)(k.Sum(x) * 1e8)]),
        (
            "SumOfSquares",
            static (k, t, x, y) => [(float)k.SumOfSquares(t, x), (float)(k.SumOfSquares(t, x) * 1e8)]
        ),
    ];

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Elements_and_sums(string name)
    {
        var tier = KernelTier.Named(name);
        foreach (var size in (int[])[.. Tiers.OddSizes, 4095, 4097, 20_001])
        {
            var x = Tiers.Values(size, 1);
            var y = Tiers.Values(size, 2);
            foreach (var (kernel, run) in s_kernels)
            {
                var expected = run(s_scalar, s_one, x, y);
                foreach (var threads in (int[])[1, 2, 3, 5])
                {
                    AssertSameBits(expected, run(tier, new WorkerTeam(threads), x, y), $"{kernel} of {size}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Repeated_rows_sums_of_rows_and_cross_entropy(string name)
    {
        var tier = KernelTier.Named(name);
        foreach (
            var (rows, columns) in ((int, int)[])[(1, 1), (3, 2), (5, 17), (33, 28), (40, 129), (70, 300)]
        )
        {
            var x = Tiers.Values(rows * columns, 1);
            var row = Tiers.Values(columns, 2);
            int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 7 % columns)];
            float[] All(KernelTier k, WorkerTeam t)
            {
                var sum = new float[x.Length];
                k.Add(t, x, row, sum);
                var rowSums = row.ToArray();
                k.SumRows(t, x, rowSums, add: true);
                var (losses, gradient) = (new float[rows], new float[x.Length]);
                k.CrossEntropy(t, x, labels, 1f / rows, losses, gradient);
                var table = row.Concat(row).ToArray();
                k.AddRows(t, x, [.. labels.Select(label => label % 2)], table, columns);
                return [.. sum, .. rowSums, .. losses, .. gradient, .. table];
            }
            var expected = All(s_scalar, s_one);
            foreach (var threads in (int[])[1, 2, 3])
            {
                AssertSameBits(expected, All(tier, new WorkerTeam(threads)), $"({rows}, {columns})");
            }
        }
    }

    private static float[] Into(float[] like, Action<float[]> kernel)
    {
        var result = new float[like.Length];
        kernel(result);
        return result;
    }

    /// <summary>The weights and their moments after two steps.</summary>
    private static float[] Updated(float[] weights, Action<float[], float[], float[]> step)
    {
        var (w, m, v) = (weights.ToArray(), new float[weights.Length], new float[weights.Length]);
        step(w, m, v);
        step(w, m, v);
        return [.. w, .. m, .. v];
    }

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
}
