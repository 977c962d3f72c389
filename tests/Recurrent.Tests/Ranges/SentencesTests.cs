using Recurrent.Ranges;

namespace Recurrent.Tests.Ranges;

public sealed class SentencesTests
{
    [Theory]
    [InlineData(0, "tokens", "0 tokens")]
    [InlineData(1, "tokens", "1 token")]
    [InlineData(1, "entries", "1 entry")]
    [InlineData(17_943, "characters", "17,943 characters")]
    public void Amounts_agree_with_their_nouns_and_are_grouped(long count, string things, string expected) =>
        Assert.Equal(expected, Sentences.Amount(count, things));

    [Theory]
    [InlineData(1e6, "1,000,000")]
    [InlineData(0.001, "0.001")]
    [InlineData(1e300, "1E+300")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    public void Bounds_are_grouped_where_people_count_by_them(double bound, string expected) =>
        Assert.Equal(expected, Bounds<double>.Text(bound));

    [Fact]
    public void The_name_of_a_parameter_is_left_out() =>
        Assert.Equal("It is wrong.", new ArgumentException("It is wrong.", "plan").WithoutParameter());
}
