using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Elements;

public sealed class ActivationTests
{
    private static readonly WorkerTeam s_team = new(2);

    // Every 2,048th float32 from −20 to 20 by its bits, so that all magnitudes are met, and the special ones.
    private static readonly float[] s_inputs =
    [
        0f,
        -0f,
        float.Epsilon,
        0.625f,
        -0.625f,
        .. Enumerable
            .Range(0, 20_000)
            .Select(i => BitConverter.Int32BitsToSingle(0x41A00000 - (i * 2048)))
            .SelectMany(x => new[] { x, -x }),
    ];

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Tanh_is_within_four_ulp(string tier) =>
        AssertWithin(4, KernelTier.Named(tier).Tanh, Math.Tanh);

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Sigmoid_is_within_four_ulp(string tier) =>
        AssertWithin(4, KernelTier.Named(tier).Sigmoid, x => 1 / (1 + Math.Exp(-x)));

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Limits_and_NaN(string name)
    {
        var tier = KernelTier.Named(name);
        float[] x = [float.NegativeInfinity, -1e30f, -90f, 90f, 1e30f, float.PositiveInfinity, float.NaN];
        var y = new float[x.Length];
        tier.Tanh(s_team, x, y);
        Assert.Equal([-1, -1, -1, 1, 1, 1, float.NaN], y);
        tier.Sigmoid(s_team, x, y);
        Assert.Equal([0, 0, 0, 1, 1, 1, float.NaN], y);
        tier.Relu(s_team, x, y);
        Assert.Equal([0, 0, 0, 90, 1e30f, float.PositiveInfinity, float.NaN], y);
    }

    private delegate void Kernel(WorkerTeam team, ReadOnlySpan<float> x, Span<float> y);

    private static void AssertWithin(double ulps, Kernel kernel, Func<double, double> exact)
    {
        var y = new float[s_inputs.Length];
        kernel(s_team, s_inputs, y);
        for (var i = 0; i < y.Length; i++)
        {
            var truth = exact(s_inputs[i]);
            var ulp = MathF.BitIncrement(MathF.Abs((float)truth)) - MathF.Abs((float)truth);
            var error = Math.Abs(y[i] - truth) / Math.Max(ulp, float.Epsilon);
            Assert.True(error <= ulps, $"f({s_inputs[i]:R}) = {y[i]:R} is {error:F1} ulp from {truth:R}.");
        }
    }
}
