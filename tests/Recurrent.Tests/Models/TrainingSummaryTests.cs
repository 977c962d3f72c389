using Recurrent.Models;

namespace Recurrent.Tests.Models;

public sealed class TrainingSummaryTests
{
    [Fact]
    public void ValuesOutOfRangeAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { Epochs = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { Tokens = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { Perplexity = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { Perplexity = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { ValidationPerplexity = -1 });
    }

    [Fact]
    public void SettingsHaveNamesOfTheirOwn()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            new TrainingSummary { Settings = [new("seed", "1"), new("seed", "2")] }
        );
        Assert.StartsWith(
            "The settings hold \"seed\" twice; leave one out.",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => new TrainingSummary { Settings = [new("seed", null!)] });
    }
}
