using Recurrent.Training;

namespace Recurrent.Tests.Training;

public sealed class SampleEpochsTests
{
    [Fact]
    public void Are_the_first_every_tenth_and_the_last() =>
        Assert.Equal([1, 10, 20, 23], Enumerable.Range(1, 23).Where(epoch => SampleEpochs.Contains(epoch, 23)));

    [Theory]
    [InlineData(5, new[] { 1, 2, 3, 4, 5 })]
    [InlineData(22, new[] { 1, 10, 20, 22 })]
    [InlineData(100, new[] { 1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100 })]
    [InlineData(
        199,
        new[] { 1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 199 }
    )]
    [InlineData(260, new[] { 1, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240, 260 })]
    [InlineData(500, new[] { 1, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500 })]
    public void Plain_lines_are_fewer_for_a_long_training(int epochs, int[] shown) =>
        Assert.Equal(shown, Enumerable.Range(1, epochs).Where(epoch => SampleEpochs.ContainsPlain(epoch, epochs)));
}
