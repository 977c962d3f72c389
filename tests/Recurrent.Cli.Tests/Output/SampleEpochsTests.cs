using Recurrent.Cli.Output;

namespace Recurrent.Cli.Tests.Output;

public sealed class SampleEpochsTests
{
    [Fact]
    public void Are_the_first_every_tenth_and_the_last() =>
        Assert.Equal(
            [1, 10, 20, 23],
            Enumerable.Range(1, 23).Where(epoch => SampleEpochs.Contains(epoch, 23))
        );
}
