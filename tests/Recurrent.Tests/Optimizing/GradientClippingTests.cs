using Recurrent.Optimizing;
using Recurrent.Tensors;

namespace Recurrent.Tests.Optimizing;

public sealed class GradientClippingTests
{
    private static Parameter[] WithGradients(params float[] gradients)
    {
        Parameter[] parameters =
        [
            .. gradients.Select((g, i) => new Parameter($"p{i}", Tensor.Zeros(1).RequireGradient())),
        ];
        for (var i = 0; i < gradients.Length; i++)
        {
            (parameters[i].Value * gradients[i]).Backward();
        }
        return parameters;
    }

    [Fact]
    public void A_longer_gradient_is_scaled_to_the_bound_in_its_own_direction()
    {
        var parameters = WithGradients(3, 4);
        Assert.Equal(5, GradientClipping.ByGlobalNorm(parameters, 1), 1e-9);
        Assert.Equal(0.6f, parameters[0].Value.Gradient!.ToScalar(), 1e-7f);
        Assert.Equal(0.8f, parameters[1].Value.Gradient!.ToScalar(), 1e-7f);
    }

    [Fact]
    public void A_shorter_gradient_stays_as_it_is()
    {
        var parameters = WithGradients(0.3f, -0.4f);
        Assert.Equal(0.5, GradientClipping.ByGlobalNorm(parameters, 1), 1e-7);
        Assert.Equal(-0.4f, parameters[1].Value.Gradient!.ToScalar());
    }

    [Theory]
    [InlineData(3f, -4f, 0.3f)]
    [InlineData(0.1f, 0.2f, -0.3f)]
    [InlineData(float.PositiveInfinity, 1f, 2f)]
    [InlineData(float.NaN, 1f, 2f)]
    public void Without_reading_the_norm_back_it_is_the_same_to_the_bit(float a, float b, float c)
    {
        var (expected, actual) = (WithGradients(a, b, c), WithGradients(a, b, c));
        GradientClipping.ByGlobalNorm(expected, 0.7);
        var norms = new SquaredNorms(Device.Default, actual.Length);
        GradientClipping.Compute(norms, actual);
        GradientClipping.ByGlobalNorm(norms, actual, 0.7);
        Assert.Equal(Bits(expected), Bits(actual));

        static IEnumerable<uint> Bits(Parameter[] parameters) =>
            parameters.Select(p => BitConverter.SingleToUInt32Bits(p.Value.Gradient!.ToScalar()));
    }

    [Fact]
    public void A_parameter_without_gradient_counts_as_zero() =>
        Assert.Equal(2, GradientClipping.GlobalNorm([.. WithGradients(2), new Parameter("unused", Tensor.Zeros(3))]));

    [Fact]
    public void By_value_each_value_keeps_within_the_bound_and_its_sign()
    {
        var parameters = WithGradients(3, -4, 0.25f, -0.5f);
        GradientClipping.ByValue(parameters, 0.5);
        Assert.Equal([0.5f, -0.5f, 0.25f, -0.5f], parameters.Select(p => p.Value.Gradient!.ToScalar()));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByValue(parameters, 0));
    }

    [Fact]
    public void Refuses_a_bound_that_is_not_above_zero() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByGlobalNorm([], 0));
}
