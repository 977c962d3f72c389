using FsCheck;
using FsCheck.Fluent;
using Recurrent.Compression;

namespace Recurrent.Tests.Compression;

public sealed class RangeCoderTests
{
    private const long MostTotal = 1L << 33;

    /// <summary>Events of any probability, often of nearly 0 or nearly 1, which is where carries are.</summary>
    private static Gen<Event[]> Events =>
        (
            from total in Gen.OneOf(Gen.Choose(1, 300).Select(n => (long)n), Gen.Constant(MostTotal))
            from size in Gen.OneOf(
                Gen.Constant(1L),
                Gen.Constant(total),
                Gen.Choose(1, 1000).Select(share => Math.Max(1, total / 1000 * share)),
                Gen.Constant(Math.Max(1, total - 1))
            )
            from isLast in ArbMap.Default.GeneratorFor<bool>()
            select new Event(isLast ? total - size : 0, size, total)
        ).ArrayOf();

    [Fact]
    public void What_is_coded_comes_back_in_the_bits_that_its_probabilities_amount_to() =>
        Laws.Hold(
            Events,
            events =>
            {
                var coded = Encode(events);
                var decoder = new RangeDecoder(new MemoryStream(coded));
                foreach (var (start, size, total) in events)
                {
                    Assert.InRange(decoder.Target(total), start, start + size - 1);
                    decoder.Take(start, size);
                }
                decoder.Finish();
                var bits = events.Sum(one => Math.Log2((double)one.Total / one.Size));
                Assert.InRange(coded.Length, (bits / 8) - 1e-6, (bits / 8 * 1.00001) + 2);
            }
        );

    [Fact]
    public void A_carry_goes_through_any_number_of_bytes()
    {
        // A third is 0x5555…: what is added to it is 0xFFFF… for as long as the interval is not known to be above.
        foreach (var count in new[] { 1, 5, 100, 70_000 })
        {
            Event[] events =
            [
                new(1, 1, 2),
                .. Enumerable.Repeat(new Event(0, 1, 256), count),
                new(0, 1, 3),
                .. Enumerable.Repeat(new Event(255, 1, 256), count),
                new(2, 1, 3),
                .. Enumerable.Repeat(new Event(MostTotal - 1, 1, MostTotal), count),
            ];
            var decoder = new RangeDecoder(new MemoryStream(Encode(events)));
            foreach (var (start, size, total) in events)
            {
                Assert.InRange(decoder.Target(total), start, start + size - 1);
                decoder.Take(start, size);
            }
            decoder.Finish();
        }
    }

    [Fact]
    public void A_message_that_is_cut_short_or_goes_on_is_told()
    {
        var events = Enumerable.Range(0, 1000).Select(i => new Event(i % 256, 1, 256)).ToArray();
        var coded = Encode(events);
        foreach (var length in Enumerable.Range(0, coded.Length - 8))
        {
            Assert.Throws<InvalidDataException>(() => Decode(coded[..length]));
        }
        Assert.Throws<InvalidDataException>(() => Decode([.. coded, 0]));
        Decode(coded);

        void Decode(byte[] bytes)
        {
            var decoder = new RangeDecoder(new MemoryStream(bytes));
            foreach (var (start, size, total) in events)
            {
                decoder.Target(total);
                decoder.Take(start, size);
            }
            decoder.Finish();
        }
    }

    private static byte[] Encode(Event[] events)
    {
        using var output = new MemoryStream();
        var encoder = new RangeEncoder(output);
        foreach (var (start, size, total) in events)
        {
            encoder.Encode(start, size, total);
        }
        encoder.Finish();
        Assert.Equal(output.Length, encoder.Length);
        return output.ToArray();
    }

    private sealed record Event(long Start, long Size, long Total);
}
