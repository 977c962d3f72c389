using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

public sealed class TextGeneratorTests
{
    // The index of a is 1, of b 2, …, of e 5.
    private static readonly Corpus s_corpus = Corpus.FromText("aaaaabbbbcccdde", CorpusOptions.Book);

    private static TextGenerator Counting(Corpus? corpus = null)
    {
        corpus ??= s_corpus;
        return new TextGenerator(new CountingModel(corpus.Vocabulary.Count), corpus.Codec, SamplingOptions.Greedy);
    }

    // The prefix "ab" sums to 3, so 4 comes: d. Then 3 + 4 = 7, and 8 mod 6 = 2: b. Then 9, and 10 mod 6 = 4: d.
    [Fact]
    public void Warms_up_on_the_whole_prefix_and_feeds_back_what_it_generates() =>
        Assert.Equal("dbd", Counting().Generate("ab", 3, TestContext.Current.CancellationToken));

    [Fact]
    public void Streams_the_same_piece_by_piece()
    {
        List<string> pieces = [];
        foreach (var piece in Counting().Stream("ab", 3, TestContext.Current.CancellationToken))
        {
            pieces.Add(piece);
        }
        Assert.Equal(["d", "b", "d"], pieces);
    }

    [Fact]
    public void A_stream_can_be_read_twice_and_side_by_side_with_another()
    {
        var generator = Counting();
        var cancellationToken = TestContext.Current.CancellationToken;
        var first = generator.Stream("ab", 3, cancellationToken);
        var second = generator.Stream("abc", 3, cancellationToken);
        var alternating = first.Zip(second).ToList();
        Assert.Equal("dbd", string.Concat(alternating.Select(pair => pair.First)));
        Assert.Equal(
            "abc" + string.Concat(alternating.Select(pair => pair.Second)),
            "abc" + generator.Generate("abc", 3, TestContext.Current.CancellationToken)
        );
        Assert.Equal("dbd", string.Concat(first));
    }

    [Fact]
    public void Without_a_prompt_a_text_begins_as_the_training_text_does() =>
        Assert.Equal("ab", Counting().Generate("", 2, TestContext.Current.CancellationToken));

    [Fact]
    public void No_length_gives_no_text() =>
        Assert.Equal("", Counting().Generate("ab", 0, TestContext.Current.CancellationToken));

    [Fact]
    public void Unknown_characters_are_told_once_and_read_as_unknown()
    {
        Assert.Equal("dbd", Counting().Generate("a?b?!", 3, TestContext.Current.CancellationToken));
        Assert.Equal(["?", "!"], s_corpus.Codec.EncodePrompt("a?b?!").Unknown);
    }

    [Fact]
    public void A_known_prefix_tells_of_nothing() => // upper case is lowered, as in the text
        Assert.Empty(s_corpus.Codec.EncodePrompt("AB").Unknown);

    [Fact]
    public void Words_are_joined_to_the_prefix_by_a_space()
    {
        var corpus = Corpus.FromText(
            "one one one two two three",
            CorpusOptions.Book with
            {
                Tokenizer = Tokenizer.Words,
            }
        );
        Assert.Equal(" two", Counting(corpus).Generate("one", 1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_space_that_ends_the_prefix_is_not_repeated()
    {
        var corpus = Corpus.FromText(
            "one one one two two three",
            CorpusOptions.Book with
            {
                Tokenizer = Tokenizer.Words,
            }
        );
        var (bare, spaced) = (
            Counting(corpus).Generate("one", 3, TestContext.Current.CancellationToken),
            Counting(corpus).Generate("one ", 3, TestContext.Current.CancellationToken)
        );
        Assert.Equal("one" + bare, "one " + spaced);
    }

    [Fact]
    public void Bytes_of_a_character_come_together()
    {
        var options = new CorpusOptions { Tokenizer = Tokenizer.Bytes, Normalization = Normalization.None };
        var corpus = Corpus.FromText("é", options); // C3 is 1, A9 is 2; the sum of both is 0 mod 3, so C3 comes
        var pieces = Counting(corpus).Stream("é", 2, TestContext.Current.CancellationToken);
        Assert.Equal(["", "é"], pieces);
    }

    [Fact]
    public void Stops_when_cancelled()
    {
        using var source = new CancellationTokenSource();
        var pieces = Counting().Stream("ab", 1000, source.Token);
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var piece in pieces)
            {
                source.Cancel();
            }
        });
    }

    [Fact]
    public void Refuses_a_codec_of_another_vocabulary_and_a_negative_length()
    {
        var model = new RnnFromScratch(
            new ModelConfiguration { VocabularySize = 9, HiddenSize = 2 },
            RandomStream.Parameters(1)
        );
        Assert.Contains(
            "9 vocabulary entries and the codec 6",
            Assert
                .Throws<ArgumentException>(() => new TextGenerator(model, s_corpus.Codec, SamplingOptions.Greedy))
                .Message
        );
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Counting().Generate("a", -1, TestContext.Current.CancellationToken)
        );
    }
}
