using Recurrent.Kernels.Elements;
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
        AssertWithin(4, x => Run(tier, y => new Unary<Tanh>(Host.Of(x), y), x.Length), Math.Tanh);

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Sigmoid_is_within_four_ulp(string tier) =>
        AssertWithin(4, x => Run(tier, y => new Unary<Sigmoid>(Host.Of(x), y), x.Length), x => 1 / (1 + Math.Exp(-x)));

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Limits_and_NaN(string name)
    {
        float[] values = [float.NegativeInfinity, -1e30f, -90f, 90f, 1e30f, float.PositiveInfinity, float.NaN];
        var x = Host.Of(values);
        var y = Run(name, y => new Unary<Tanh>(x, y), x.Length);
        Assert.Equal([-1, -1, -1, 1, 1, 1, float.NaN], y);
        y = Run(name, y => new Unary<Sigmoid>(x, y), x.Length);
        Assert.Equal([0, 0, 0, 1, 1, 1, float.NaN], y);
        y = Run(name, y => new Unary<Relu>(x, y), x.Length);
        Assert.Equal([0, 0, 0, 90, 1e30f, float.PositiveInfinity, float.NaN], y);
    }

    private static float[] Run<TKernel>(string tier, Func<Operand<float>, TKernel> kernel, int length)
        where TKernel : struct, IKernel
    {
        var y = Host.Unwritten(length);
        VectorTier.Named(tier).Run(kernel(y), s_team);
        return y.ToArray();
    }

    private static void AssertWithin(double ulps, Func<float[], float[]> kernel, Func<double, double> exact)
    {
        var y = kernel(s_inputs);
        for (var i = 0; i < y.Length; i++)
        {
            var truth = exact(s_inputs[i]);
            var ulp = MathF.BitIncrement(MathF.Abs((float)truth)) - MathF.Abs((float)truth);
            var error = Math.Abs(y[i] - truth) / Math.Max(ulp, float.Epsilon);
            Assert.True(error <= ulps, $"f({s_inputs[i]:R}) = {y[i]:R} is {error:F1} ulp from {truth:R}.");
        }
    }
}
