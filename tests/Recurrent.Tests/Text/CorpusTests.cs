using System.Text;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class CorpusTests
{
    [Fact]
    public void By_default_every_character_is_kept()
    {
        const string text = "Ab, 春 b!\nb?";
        var corpus = Corpus.FromText(text);
        Assert.Equal(text, corpus.Codec.Decode(corpus.Tokens.Span));
    }

    [Fact]
    public void The_book_keeps_letters()
    {
        var corpus = Corpus.FromText("Ab, b!\nb?", CorpusOptions.Book);
        Assert.Equal(["<unk>", "b", "a", " "], corpus.Vocabulary.Tokens);
        Assert.Equal([2, 1, 3, 1, 1], corpus.Tokens.ToArray());
        Assert.Equal("ab bb", corpus.Codec.Decode(corpus.Tokens.Span));
    }

    [Fact]
    public void Joined_by_a_space_lines_have_a_token_between_them()
    {
        var corpus = Corpus.FromText("Ab, b!\nb?", CorpusOptions.Book with { LineJoin = LineJoin.Space });
        Assert.Equal("ab b b", corpus.Codec.Decode(corpus.Tokens.Span));
    }

    [Theory]
    [InlineData(3, "aab")]
    [InlineData(7, "aabbbcc")]
    [InlineData(1000, "aabbbcc")]
    [InlineData(null, "aabbbcc")]
    public void Keeps_the_first_tokens_and_the_whole_vocabulary(int? maxTokens, string kept)
    {
        var corpus = Corpus.FromText("aabbbcc", CorpusOptions.Book with { MaxTokens = maxTokens });
        Assert.Equal(kept, corpus.Codec.Decode(corpus.Tokens.Span));
        Assert.Equal(["<unk>", "b", "a", "c"], corpus.Vocabulary.Tokens);
        Assert.Equal([0, 3, 2, 2], corpus.Vocabulary.Frequencies);
    }

    [Fact]
    public void Options_reach_the_vocabulary_and_the_codec()
    {
        var corpus = Corpus.FromText(
            "The cat, the dog",
            new CorpusOptions
            {
                Normalization = Normalization.None,
                LineJoin = LineJoin.Space,
                Tokenizer = Tokenizer.Words,
                MinFrequency = 2,
                ReservedTokens = ["<bos>"],
                MaxVocabulary = 9,
            }
        );
        Assert.Equal(["<unk>", "<bos>"], corpus.Vocabulary.Tokens);
        Assert.Equal([0, 0, 0, 0], corpus.Tokens.ToArray());
        Assert.Equal(new Normalizer(Normalization.None, LineJoin.Space), corpus.Codec.Normalizer);
        Assert.Same(Tokenizer.Words, corpus.Codec.Tokenizer);
    }

    [Fact]
    public void The_hash_is_that_of_the_text_in_utf8()
    {
        // printf 'abc' | sha256sum
        const string abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        Assert.Equal(abc, Corpus.FromText("abc").Hash);
        Assert.Equal(abc, Corpus.FromText("abc", CorpusOptions.Book with { MaxTokens = 1 }).Hash);
        Assert.Equal(abc, Corpus.FromBytes("abc"u8.ToArray(), "bytes").Hash);

        Assert.Equal(abc, Corpus.FromBytes(new byte[] { 0xEF, 0xBB, 0xBF, 0x61, 0x62, 0x63 }, "bytes").Hash);

        // printf 'a\n\xc3\xa9\n' | sha256sum
        const string lines = "sha256:3b8e79201784bc682391208841e1a8828ef127e472db56268550ec614ae629b8";
        Assert.Equal(lines, Corpus.FromText("a\r\né\r").Hash);
        Assert.Equal(lines, Corpus.FromBytes("a\r\né\n"u8.ToArray(), "bytes", CorpusOptions.Book).Hash);
        Assert.Equal(lines, Corpus.FromBytes(Encoding.Unicode.GetBytes("\uFEFFa\né\n"), "bytes").Hash);
        Assert.NotEqual(lines, Corpus.FromText("a\r\né\r", new CorpusOptions { LineEnds = LineEnds.Keep }).Hash);
    }

    [Fact]
    public void A_string_a_file_and_a_stream_of_the_same_text_are_the_same_corpus()
    {
        const string text = "The caf\u00E9,\nthe time machine.\n";
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
            var expected = Corpus.FromText(text);
            Assert.All(
                [
                    Corpus.FromFile(path, cancellationToken: TestContext.Current.CancellationToken),
                    Corpus.FromStream(stream, "the stream", cancellationToken: TestContext.Current.CancellationToken),
                ],
                corpus =>
                {
                    Assert.Equal(expected.Tokens.ToArray(), corpus.Tokens.ToArray());
                    Assert.Equal(expected.Vocabulary.Tokens, corpus.Vocabulary.Tokens);
                    Assert.Equal(expected.Hash, corpus.Hash);
                }
            );
            Assert.True(stream.CanRead);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Bytes_with_their_line_ends_are_read_raw()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, 0x00, 0xFF, 0x00, 0xED, 0xA0];
        var options = new CorpusOptions { LineEnds = LineEnds.Keep, Tokenizer = Tokenizer.Bytes };
        var corpus = Corpus.FromBytes(bytes, "bytes", options);
        Assert.Equal(
            ["<0xEF>", "<0xBB>", "<0xBF>", "<0x00>", "<0xFF>", "<0x00>", "<0xED>", "<0xA0>"],
            corpus.Vocabulary.Decode(corpus.Tokens.ToArray())
        );
        Assert.Equal("<0x00>", corpus.Vocabulary[1]);
    }

    [Theory]
    [InlineData("characters", Normalization.Letters)]
    [InlineData("characters", Normalization.None)]
    [InlineData("words", Normalization.None)]
    [InlineData("bytes", Normalization.Letters)]
    [InlineData("bytes", Normalization.None)]
    public void Bytes_that_are_not_text_are_refused(string tokenizer, Normalization normalization)
    {
        var options = new CorpusOptions { Normalization = normalization, Tokenizer = Tokenizer.FromName(tokenizer) };
        var error = Assert.Throws<TextFormatException>(() =>
            Corpus.FromBytes(new byte[] { 0x61, 0xFF }, "the standard input", options)
        );
        Assert.Equal((TextProblem.WrongByte, 1), (error.Problem, error.Offset));
        Assert.StartsWith("the standard input is not UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("characters")]
    [InlineData("bytes")]
    public void No_bytes_are_refused(string tokenizer)
    {
        var options = new CorpusOptions
        {
            Normalization = Normalization.None,
            Tokenizer = Tokenizer.FromName(tokenizer),
        };
        var error = Assert.Throws<TextFormatException>(() =>
            Corpus.FromStream(
                Stream.Null,
                "the standard input",
                options,
                cancellationToken: TestContext.Current.CancellationToken
            )
        );
        Assert.Equal(TextProblem.Empty, error.Problem);
    }

    [Fact]
    public void An_empty_string_is_an_empty_corpus()
    {
        var corpus = Corpus.FromText("");
        Assert.True(corpus.Tokens.IsEmpty);
        Assert.Equal(["<unk>"], corpus.Vocabulary.Tokens);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => CorpusOptions.Book with { MaxTokens = 0 });
        Assert.Contains(
            "The number of tokens to keep is 0 and must be a whole number of at least 1",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => CorpusOptions.Book with { MinFrequency = 0 });
        Assert.Throws<ArgumentException>(() => CorpusOptions.Book with { ReservedTokens = ["<unk>"] });
        Assert.Throws<ArgumentNullException>(() => CorpusOptions.Book with { Tokenizer = null! });
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Corpus.FromText("a", new CorpusOptions { Normalization = (Normalization)9 })
        );
    }

    [Fact]
    public async Task Read_with_waiting_or_without_a_corpus_is_the_same()
    {
        using var folder = new TemporaryFolder();
        var (path, token) = (folder["text.txt"], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, string.Concat(Enumerable.Repeat("Früh übt sich, ", 9000)), token);
        var options = new CorpusOptions { Normalization = Normalization.None, MaxTokens = 99_999 };
        using var expected = Corpus.FromFile(path, options, token);
        using var file = await Corpus.FromFileAsync(path, options, token);
        await using var stream = File.OpenRead(path);
        using var read = await Corpus.FromStreamAsync(stream, "the stream", options, token);

        foreach (var corpus in (Corpus[])[file, read])
        {
            Assert.Equal(expected.Hash, corpus.Hash);
            Assert.Equal(expected.Vocabulary.Tokens, corpus.Vocabulary.Tokens);
            Assert.Equal(expected.Tokens.ToArray(), corpus.Tokens.ToArray());
        }
    }

    [Fact]
    public async Task Reading_stops_when_it_is_told_to()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["text.txt"], "a", TestContext.Current.CancellationToken);
        var canceled = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(() =>
            Corpus.FromFile(folder["text.txt"], cancellationToken: canceled)
        );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Corpus.FromFileAsync(folder["text.txt"], cancellationToken: canceled)
        );
    }
}
