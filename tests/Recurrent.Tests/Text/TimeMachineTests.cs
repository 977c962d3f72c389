using System.Security.Cryptography;
using Recurrent.Models.Counts;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

/// <summary>
/// What is known of The Time Machine from outside this library, most of it from the book itself.
/// </summary>
public sealed class TimeMachineTests
{
    [Fact]
    public void The_copy_is_the_one_of_the_book()
    {
        var bytes = File.ReadAllBytes(SharedData.TimeMachine);
#pragma warning disable CA5350 // The book publishes a SHA-1.
        var digest = Convert.ToHexStringLower(SHA1.HashData(bytes));
#pragma warning restore CA5350
        Assert.Equal("090b5e7e70c295757f55df93cb0a180b9691891a", digest);
        Assert.Equal(3_221, File.ReadLines(SharedData.TimeMachine).Count());
    }

    [Fact]
    public void Has_170_580_letters_and_spaces_with_nothing_between_lines()
    {
        var corpus = Corpus.FromFile(
            SharedData.TimeMachine,
            CorpusOptions.Book,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(170_580, corpus.Tokens.Length);
        Assert.Equal(28, corpus.Vocabulary.Count);
        Assert.Equal(["<unk>", " ", "e", "t", "a", "i", "n", "o", "s", "h"], corpus.Vocabulary.Tokens.Take(10));
        Assert.Equal(
            "the time machine by h g wells",
            corpus.Codec.Decode(corpus.Tokens.Span[.."the time machine by h g wells".Length])
        );
    }

    [Fact]
    public void Has_173_428_characters_as_one_string()
    {
        var corpus = Corpus.FromFile(
            SharedData.TimeMachine,
            CorpusOptions.Book with
            {
                LineJoin = LineJoin.Space,
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(173_428, corpus.Tokens.Length);
        Assert.Equal(28, corpus.Vocabulary.Count);
    }

    [Fact]
    public void Keeps_10_000_characters_and_the_whole_vocabulary_as_the_chapter_does()
    {
        var corpus = Corpus.FromFile(
            SharedData.TimeMachine,
            CorpusOptions.Book with
            {
                MaxTokens = 10_000,
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(10_000, corpus.Tokens.Length);
        Assert.Equal(28, corpus.Vocabulary.Count);
    }

    [Theory]
    [InlineData(LineJoin.Nothing)]
    [InlineData(LineJoin.Space)]
    public void Has_32_775_words(LineJoin lineJoin)
    {
        var options = CorpusOptions.Book with { Tokenizer = Tokenizer.Words, LineJoin = lineJoin };
        var corpus = Corpus.FromFile(
            SharedData.TimeMachine,
            options,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(32_775, corpus.Tokens.Length);

        var words = NGrams.Count(corpus.Tokens, 1);
        Assert.Equal(
            "the 2261, i 1267, and 1245, of 1155, a 816, to 695, was 552, in 541, that 443, my 440",
            Describe(corpus, words, 10)
        );
        Assert.Equal(corpus.Vocabulary.Frequencies.Skip(1), words.RankFrequency.Select(count => (long)count));
    }

    [Fact]
    public void Has_the_pairs_and_triples_of_words_that_the_chapter_lists()
    {
        var corpus = Corpus.FromFile(
            SharedData.TimeMachine,
            CorpusOptions.Book with
            {
                Tokenizer = Tokenizer.Words,
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(
            "of the 309, in the 169, i had 130, i was 112, and the 109",
            Describe(corpus, NGrams.Count(corpus.Tokens, 2), 5)
        );
        Assert.Equal(
            "the time traveller 59, the time machine 30, the medical man 24, it seemed to 16, it was a 15",
            Describe(corpus, NGrams.Count(corpus.Tokens, 3), 5)
        );
    }

    [Theory]
    [InlineData("characters")]
    [InlineData("words")]
    [InlineData("bytes")]
    public void Comes_back_whole_without_normalization(string tokenizer)
    {
        var options = new CorpusOptions
        {
            Normalization = Normalization.None,
            Tokenizer = Tokenizer.FromName(tokenizer),
        };
        var corpus = Corpus.FromFile(
            SharedData.TimeMachine,
            options,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(File.ReadAllText(SharedData.TimeMachine), corpus.Codec.Decode(corpus.Tokens.Span));
    }

    private static string Describe(Corpus corpus, NGrams ngrams, int count) =>
        string.Join(
            ", ",
            ngrams.Ranked.Take(count).Select(ngram => $"{corpus.Codec.Decode(ngram.Tokens.Span)} {ngram.Count}")
        );
}
