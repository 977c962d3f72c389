using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class TokenSequenceTests
{
    [Fact]
    public void A_part_of_a_part_reads_its_own_tokens()
    {
        int[] array = [10, 11, 12, 13, 14, 15];
        TokenSequence all = array;
        var part = all[1..^1][1..];
        Assert.Equal(3, part.Length);
        Assert.Equal([12, 13, 14], part.ToArray());
        var two = new int[2];
        part.CopyTo(1, two);
        Assert.Equal([13, 14], two);
        Assert.Empty(part[3..].ToArray());
    }

    [Fact]
    public void Tokens_in_memory_are_not_copied()
    {
        int[] array = [1, 2, 3];
        var all = TokenSequence.Of(array);
        array[2] = 7;
        Assert.Equal([1, 2, 7], all.ToArray());
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 4)]
    [InlineData(3, 1)]
    [InlineData(4, 0)]
    [InlineData(1, int.MaxValue)]
    public void Places_outside_are_refused(int start, int length)
    {
        var all = TokenSequence.Of(new int[] { 1, 2, 3 });
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => all.Slice(start, length));
        Assert.Contains("do not lie within the 3 of the sequence", error.Message, StringComparison.Ordinal);
    }
}
