using Recurrent.Text;

namespace Recurrent.Book.Tests;

public sealed class BookTextTests
{
    [Fact]
    public void A_text_of_Latin_letters_is_read_as_the_book_does()
    {
        var text = new BookText("It was the best of times, it was 1859.");
        Assert.Equal(CorpusOptions.Book, text.Options);
        Assert.Equal("it was the ", text.Prefix);
    }

    [Fact]
    public void A_text_in_another_script_is_read_with_all_its_characters()
    {
        var text = new BookText("天地玄黄，宇宙洪荒。OK");
        Assert.Equal(new CorpusOptions(), text.Options);
        Assert.Equal("天地玄黄，宇宙洪荒。OK", text.Prefix);
        Assert.Equal(["天", "地"], text.Words.Tokenize("天地"));
    }

    [Fact]
    public void A_text_that_knows_of_the_time_traveller_is_continued_as_in_the_book() =>
        Assert.Equal("time traveller ", new BookText("The Time Traveller came back.").Prefix);
}
