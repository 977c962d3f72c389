using System.Text;
using FsCheck.Fluent;
using Recurrent.Batching;
using Recurrent.Formats;
using Recurrent.Tests.Text;
using Recurrent.Text;

namespace Recurrent.Tests.Formats;

public sealed class TokenCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Cache => _folder["model.tokens"];

    private string TextPath => _folder["text.txt"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("characters", Normalization.None)]
    [InlineData("characters", Normalization.Letters)]
    [InlineData("words", Normalization.None)]
    [InlineData("bytes", Normalization.None)]
    public void A_corpus_is_the_same_in_memory_and_in_a_file(string tokenizer, Normalization normalization)
    {
        var options = new CorpusOptions { Tokenizer = Tokenizer.FromName(tokenizer), Normalization = normalization };
        Laws.Hold(
            UnicodeText.Strings.Where(text => text.Length > 0 && !text.Contains('\0')),
            text =>
            {
                File.WriteAllText(TextPath, text);
                AssertSame(Corpus.FromFile(TextPath, options), Open(options, out _));
            }
        );
    }

    [Fact]
    public void Tokens_take_more_bytes_as_distinct_ones_come_and_any_part_is_read_right()
    {
        WriteText(scalars: 70_000, times: 2);
        var options = new CorpusOptions { Normalization = Normalization.None };
        var expected = Corpus.FromFile(TextPath, options, cancellationToken: TestContext.Current.CancellationToken);
        var corpus = Open(options, out var isNew);
        Assert.True(isNew);
        AssertSame(expected, corpus);

        // Of 70,000 characters, 256 come before the 257th distinct one and 65,536 before the 65,537th.
        var tokens = 256 + (2 * (65_536 - 256)) + (4 * (140_000 - 65_536));
        Assert.InRange(new FileInfo(Cache).Length, tokens, tokens + (70_000 * 16));
        var array = expected.Tokens.ToArray();
        foreach (var (start, length) in new[] { (0, 1), (255, 3), (250, 66_000), (65_530, 20), (139_999, 1) })
        {
            Assert.Equal(array.AsSpan(start, length).ToArray(), corpus.Sequence.Slice(start, length).ToArray());
        }
        Laws.Hold(
            from start in Gen.Choose(0, 139_000)
            from length in Gen.Choose(0, 1000)
            select (start, length),
            part =>
                corpus
                    .Sequence[part.start..][..part.length]
                    .ToArray()
                    .AsSpan()
                    .SequenceEqual(array.AsSpan(part.start, part.length))
        );
    }

    [Fact]
    public void It_is_read_again_while_text_and_splitting_are_the_same_whatever_the_vocabulary()
    {
        WriteText(scalars: 300, times: 3);
        var options = new CorpusOptions { Normalization = Normalization.None };
        Open(options, out _);
        var written = File.ReadAllBytes(Cache);
        var fewer = options with { MinFrequency = 4, MaxVocabulary = 9, MaxTokens = 70 };
        AssertSame(
            Corpus.FromFile(TextPath, fewer, cancellationToken: TestContext.Current.CancellationToken),
            Open(fewer, out var isNew)
        );
        Assert.False(isNew);
        Assert.Equal(written, File.ReadAllBytes(Cache));

        AssertSame(
            Corpus.FromFile(
                TextPath,
                options with
                {
                    Tokenizer = Tokenizer.Bytes,
                },
                cancellationToken: TestContext.Current.CancellationToken
            ),
            Open(options with { Tokenizer = Tokenizer.Bytes }, out isNew)
        );
        Assert.True(isNew);
        WriteText(scalars: 301, times: 3);
        AssertSame(
            Corpus.FromFile(TextPath, cancellationToken: TestContext.Current.CancellationToken),
            Open(new(), out isNew)
        );
        Assert.True(isNew);
        Assert.Equal(["model.tokens", "text.txt"], _folder.Names);
    }

    [Fact]
    public void A_corpus_holds_the_file_open_until_it_is_disposed()
    {
        WriteText(scalars: 300, times: 3);
        var corpus = Open(new(), out _);
        var part = corpus.Sequence[1..5];
        File.Delete(Cache); // another process may, and the corpus is as before
        Assert.Equal(4, part.ToArray().Length);

        corpus.Dispose();
        corpus.Dispose();

        Assert.Throws<ObjectDisposedException>(part.ToArray);
    }

    [Fact]
    public void A_damaged_one_is_made_again()
    {
        WriteText(scalars: 300, times: 3);
        var options = new CorpusOptions { Normalization = Normalization.None };
        Open(options, out _);
        var good = File.ReadAllBytes(Cache);
        for (var place = 0; place < good.Length; place += 97)
        {
            var (flipped, cut) = (good.ToArray(), good[..place]);
            flipped[place] ^= 0x10;
            foreach (var bad in place < 16 ? [cut] : new[] { flipped, cut })
            {
                File.WriteAllBytes(Cache, bad.Length is > 0 and < 16 ? [] : bad);
                Open(options, out var isNew);
                Assert.True(isNew);
                Assert.Equal(good, File.ReadAllBytes(Cache));
            }
        }
    }

    [Fact]
    public void A_file_of_the_users_own_is_not_replaced()
    {
        WriteText(scalars: 300, times: 1);
        File.WriteAllText(Cache, "my notes");
        var error = Assert.Throws<ModelFileException>(() => Open(new(), out _));
        Assert.StartsWith($"Cannot write {Cache}: a file that is not a token cache", error.Message);
        Assert.Equal("my notes", File.ReadAllText(Cache));
    }

    [Fact]
    public void A_text_that_is_none_and_a_reading_that_is_stopped_leave_nothing()
    {
        File.WriteAllBytes(TextPath, [0x61, 0xFF]);
        Assert.Throws<TextFormatException>(() => Open(new(), out _));
        WriteText(scalars: 300, times: 1);
        Assert.Throws<OperationCanceledException>(() =>
            TokenCache.Open(TextPath, Cache, new(), new CancellationToken(canceled: true))
        );
        Assert.Equal(["text.txt"], _folder.Names);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Minibatches_are_read_without_allocating(bool sequential)
    {
        WriteText(scalars: 300, times: 40);
        var corpus = Open(new() { Normalization = Normalization.None }, out _);
        BatchSampler sampler = sequential ? new SequentialPartition(8, 5) : new RandomSampling(8, 5);
        using var minibatches = sampler.Epoch(corpus.Sequence, new(1, 0), 0).GetEnumerator();
        minibatches.MoveNext();
        minibatches.MoveNext();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 100; count++)
        {
            minibatches.MoveNext();
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>Distinct characters of all planes, some of them often, the text repeated.</summary>
    private void WriteText(int scalars, int times)
    {
        var text = new StringBuilder();
        for (var i = 0; i < scalars; i++)
        {
            text.Append(new Rune(i + (i < 0xD000 ? 0x20 : 0x1_0000 - 0xD000)));
        }
        File.WriteAllText(TextPath, string.Concat(Enumerable.Repeat(text.ToString(), times)));
    }

    private Corpus Open(CorpusOptions options, out bool isNew)
    {
        (var corpus, isNew) = TokenCache.Open(TextPath, Cache, options, TestContext.Current.CancellationToken);
        return corpus;
    }

    private static void AssertSame(Corpus expected, Corpus corpus)
    {
        Assert.Equal(expected.Hash, corpus.Hash);
        Assert.Equal(expected.Codec.Normalizer, corpus.Codec.Normalizer);
        Assert.Same(expected.Codec.Tokenizer, corpus.Codec.Tokenizer);
        Assert.Equal(expected.Vocabulary.Tokens, corpus.Vocabulary.Tokens);
        Assert.Equal(expected.Vocabulary.Frequencies, corpus.Vocabulary.Frequencies);
        Assert.Equal(expected.Tokens.ToArray(), corpus.Tokens.ToArray());
    }
}
