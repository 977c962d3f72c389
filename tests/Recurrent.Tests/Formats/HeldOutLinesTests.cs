using Recurrent.Formats;

namespace Recurrent.Tests.Formats;

public sealed class HeldOutLinesTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(359)]
    [InlineData(2000)]
    public void At_most_the_share_exceeds_the_threshold(int count)
    {
        double[] scores = [.. Enumerable.Range(0, count).Select(i => (double)(i * 7919 % count))];
        var lines = HeldOutLines.Of(scores);
        Assert.Equal(count, lines.Count);
        foreach (var rate in new[] { 1.0 / count, 1.5 / count, 0.11, 0.25, 0.5, 0.7, 1 })
        {
            var beyond = scores.Count(score => score > lines.ThresholdOf(rate));
            Assert.InRange(beyond, Math.Min(rate, 0.5) * count / 2.5 - 1, rate * count);
        }
    }

    [Fact]
    public void A_share_of_less_than_a_line_is_refused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => HeldOutLines.Of(new double[20]).ThresholdOf(0.01));
        Assert.StartsWith(
            "The rate is 0.01 and must be at least 0.05, because 20 lines were held out; choose a higher one, or train "
                + "on a longer text.",
            error.Message
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => HeldOutLines.Of(new double[20]).ThresholdOf(0));
    }

    [Fact]
    public void A_model_file_keeps_them()
    {
        var tiny = TinyModel.Create();
        var lines = HeldOutLines.Of([.. Enumerable.Range(1, 100).Select(i => i / 7.0)]);
        using var file = new MemoryStream();
        new TrainedModel(tiny.Model, tiny.Codec, tiny.Training with { HeldOutLines = lines }).Save(file);
        file.Position = 0;
        var kept = TrainedModel.Load(file).Training.HeldOutLines!;
        Assert.Equal(lines.Count, kept.Count);
        Assert.Equal(lines.Thresholds, kept.Thresholds);
    }
}
