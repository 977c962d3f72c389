namespace Recurrent.Book.Tests;

public sealed class TranslationTests
{
    private static readonly Translation s_words = Translation.Of("sequence")!;

    [Fact]
    public void What_varies_stays_and_the_rest_is_translated() =>
        Assert.Equal("第 3 个迭代周期，损失：0.05", s_words.Line("epoch 3, loss: 0.05"));

    [Fact]
    public void Another_order_of_words_moves_what_varies() =>
        Assert.Equal(
            "最近 8 个值的 4 个平均（每个 2 值）：误差 0.2",
            s_words.Line("4 means of 2 values each, of the last 8: error 0.2")
        );

    [Fact]
    public void A_line_that_no_row_is_for_stays_as_it_is()
    {
        Assert.Equal("epochs 3", s_words.Line("epochs 3"));
        Assert.False(s_words.Knows("epochs 3"));
        Assert.Equal("an epoch\n第 1 个迭代周期，损失：2", s_words.Lines("an epoch\nepoch 1, loss: 2"));
    }

    [Fact]
    public void A_chapter_without_a_table_has_none() => Assert.Null(Translation.Of("no such chapter"));
}
