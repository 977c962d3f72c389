using System.Globalization;
using Recurrent.Kernels.Portable;

namespace Recurrent.Kernels.Tests.Portable;

public sealed class PhiloxTests
{
    // philox4x32, 10 rounds, from kat_vectors of Random123; words in order, lowest first.
    [Theory]
    [InlineData("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8")]
    [InlineData("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd")]
    [InlineData("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1")]
    public void Agrees_with_the_published_known_answers(string counter, string key, string block)
    {
        Assert.Equal(Words(block), Philox.Block(Words(counter), (ulong)Words(key)));
    }

    private static UInt128 Words(string text) =>
        text.Split(' ')
            .Reverse()
            .Aggregate(
                UInt128.Zero,
                (words, word) => (words << 32) | uint.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            );
}
