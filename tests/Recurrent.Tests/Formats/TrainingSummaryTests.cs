using Recurrent.Formats;

namespace Recurrent.Tests.Formats;

public sealed class TrainingSummaryTests
{
    [Fact]
    public void Values_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { Epochs = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { Tokens = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { Perplexity = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { Perplexity = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingSummary { ValidationPerplexity = -1 });
    }

    [Fact]
    public void Settings_have_names_of_their_own()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            new TrainingSummary { Settings = [new("seed", "1"), new("seed", "2")] }
        );
        Assert.StartsWith("The settings hold \"seed\" twice; leave one out.", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new TrainingSummary { Settings = [new("seed", null!)] });
    }
}
