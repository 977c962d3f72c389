using System.Security.Cryptography;
using System.Text;
using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

/// <summary>The hash of a long text is a tree over segments, whose cuts follow from the content alone.</summary>
public sealed class ContentHashTests
{
    [Theory]
    [InlineData("sixteen letters.", "sixteen letters.")]
    [InlineData("sixteen letters.\n", "sixteen letters.\n")] // nothing comes after the line end
    [InlineData("one\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\n", "five\n")]
    [InlineData("12345678\n2345678\n2345678\n", "12345678\n2345678\n", "2345678\n")] // one right at the multiple
    [InlineData("no line end comes in a quarter", "no line end comes in", " a quarter")]
    [InlineData("19 bytes and then é; so on", "19 bytes and then é", "; so on")]
    [InlineData("18 bytes & then 机器学习", "18 bytes & then 机器", "学习")]
    public void A_segment_ends_after_a_line_end_or_else_between_characters(string text, params string[] segments)
    {
        Assert.Equal(text, string.Concat(segments));
        byte[][] hashes = [.. segments.Select(segment => SHA256.HashData(Encoding.UTF8.GetBytes(segment)))];
        var expected = hashes is [var only] ? only : SHA256.HashData([.. hashes.SelectMany(hash => hash)]);
        var corpus = Corpus.FromText(text, new CorpusOptions { SegmentLength = 16 });
        Assert.Equal("sha256:" + Convert.ToHexStringLower(expected), corpus.Hash);
        Assert.Equal(segments.Length > 1, corpus.Sequence.Identity is not null);
    }

    [Fact]
    public void However_any_bytes_are_divided_the_hash_is_that_of_the_segments()
    {
        var most = 0;
        Laws.Hold(
            from bytes in Gen.Elements<byte>(0x0A, 0x41, 0x80, 0xC3, 0xFF).ListOf(200)
            from length in Gen.Choose(8, 60)
            from sizes in Gen.Choose(1, 50).NonEmptyListOf()
            select (bytes, length, sizes),
            drawn =>
            {
                byte[] bytes = [.. drawn.bytes];
                using var hash = new ContentHash(drawn.length);
                for (var (start, part) = (0, 0); start < bytes.Length; part++)
                {
                    var size = Math.Min(drawn.sizes[part % drawn.sizes.Count], bytes.Length - start);
                    hash.Append(bytes.AsSpan(start, size));
                    start += size;
                }
                var segments = SegmentsOf(bytes, drawn.length);
                most = Math.Max(most, segments.Count);
                Assert.All(segments, segment => Assert.InRange(segment.Length, 1, (drawn.length * 5 / 4) + 3));
                string[] hashes = [.. segments.Select(one => ContentHash.NameOf(SHA256.HashData(one)))];
                Assert.Equal((ContentHash.Of(hashes), segments.Count > 1), hash.End());
            }
        );
        Assert.InRange(most, 10, 25);
    }

    [Fact]
    public void A_text_of_no_more_than_a_segment_has_the_hash_of_its_bytes()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("all the same line\n", 100_000)));
        Assert.Equal(ContentHash.NameOf(SHA256.HashData(bytes)), Corpus.FromBytes(bytes, "it").Hash);
        Assert.Equal(256 << 20, SegmentCuts.UsualLength);
    }

    /// <summary>The segments of a text that lies in memory as a whole.</summary>
    private static List<byte[]> SegmentsOf(byte[] bytes, int length)
    {
        List<int> cuts = [0];
        for (var multiple = length; multiple < bytes.Length; multiple += length)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', multiple, Math.Min(length / 4, bytes.Length - multiple));
            var cut = end + 1;
            if (end < 0)
            {
                cut = multiple + (length / 4);
                for (var more = 0; more < 3 && cut < bytes.Length && bytes[cut] >> 6 == 2; more++)
                {
                    cut++;
                }
            }
            if (cut < bytes.Length)
            {
                cuts.Add(cut);
            }
        }
        return [.. cuts.Zip(cuts.Skip(1).Append(bytes.Length), (start, end) => bytes[start..end])];
    }
}
