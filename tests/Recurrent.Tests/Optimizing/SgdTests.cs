using Recurrent.Optimizing;
using Recurrent.Tensors;

namespace Recurrent.Tests.Optimizing;

public sealed class SgdTests
{
    [Fact]
    public void Steps_down_the_gradient_by_the_learning_rate()
    {
        var parameter = new Parameter("w", Tensor.From([1, 2], 2).RequireGradient());
        (parameter.Value * Tensor.From([10, -20], 2)).Sum().Backward();
        new Sgd([parameter, new Parameter("unused", Tensor.Zeros(1))]).Update(0.5);
        Assert.Equal([-4f, 12], parameter.Value.ToArray());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Refuses_an_impossible_learning_rate(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd([]).Update(rate));

    [Fact]
    public void Refuses_impossible_factors()
    {
        Assert.Contains("below 1", Message(() => new Sgd([], momentum: 1)));
        Assert.Contains("below 1", Message(() => new Sgd([], weightDecay: -1)));
        Assert.Contains("below 1", Message(() => new RmsProp([], smoothing: double.NaN)));
        Assert.Contains("below 1", Message(() => new Adam([], beta1: 1)));
        Assert.Contains("below 1", Message(() => new Adam([], epsilon: 2)));

        static string Message(Func<Optimizer> make) => Assert.Throws<ArgumentOutOfRangeException>(make).Message;
    }
}
