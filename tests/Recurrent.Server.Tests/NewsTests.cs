using Recurrent.Server.Engines;

namespace Recurrent.Server.Tests;

/// <summary>When a reader is woken, in timestamps of the system's clock.</summary>
public sealed class NewsTests
{
    private static readonly long s_millisecond = TimeProvider.System.TimestampFrequency / 1000;

    [Fact]
    public void The_first_text_is_due_at_once_and_the_next_when_the_clock_ticks()
    {
        var news = Gathering(milliseconds: 10);
        Assert.False(news.IsPending);
        Assert.True(Add(news).IsDue(13 * s_millisecond, texts: 1, out _));
        Assert.False(news.IsPending);
        Assert.False(Add(news).IsDue(14 * s_millisecond, texts: 1, out _));
        Assert.True(news.IsPending);
        Assert.True(news.IsDue(20 * s_millisecond, texts: 1, out _));
        Assert.False(Add(news).IsDue(29 * s_millisecond, texts: 1, out _));
        Assert.True(news.IsDue(35 * s_millisecond, texts: 1, out _));
        Assert.True(Add(news).IsDue(40 * s_millisecond, texts: 1, out _)); // the same tick for all readers
    }

    [Fact]
    public void What_is_urgent_is_due_at_any_time_and_so_is_all_where_nothing_is_gathered()
    {
        var news = Gathering(milliseconds: 10);
        Assert.True(Add(news).IsDue(s_millisecond, texts: 1, out _));
        Assert.True(Add(news, isUrgent: true).IsDue(2 * s_millisecond, texts: 1, out var isUrgent));
        Assert.True(isUrgent);
        Assert.False(Add(news).IsDue(3 * s_millisecond, texts: 1, out _));
        var each = Gathering(milliseconds: 0);
        Assert.True(Add(each).IsDue(100, texts: 1000, out _));
        Assert.True(Add(each).IsDue(101, texts: 1000, out _));
    }

    [Theory]
    [InlineData(64, 10)]
    [InlineData(65, 11)]
    [InlineData(640, 100)]
    public void The_more_texts_there_are_above_64_the_longer_each_is_gathered(int texts, int milliseconds)
    {
        var news = Gathering(milliseconds: 10);
        Assert.True(Add(news).IsDue(0, texts, out _));
        Assert.False(Add(news).IsDue((milliseconds - 1) * s_millisecond, texts, out _));
        Assert.True(news.IsDue(milliseconds * s_millisecond, texts, out _));
    }

    [Fact]
    public async Task A_reader_goes_on_within_the_call_or_does_not_wait_for_what_was_told_before()
    {
        var news = Gathering(milliseconds: 10);
        for (var turn = 0; turn < 3; turn++)
        {
#pragma warning disable CA2012 // Each is awaited once, after a look at it.
            var waiting = news.WaitAsync();
            Assert.False(waiting.IsCompleted);
            news.Tell();
            Assert.True(waiting.IsCompleted);
            await waiting;
            news.Tell();
            news.Tell();
            waiting = news.WaitAsync();
            Assert.True(waiting.IsCompleted);
            await waiting;
#pragma warning restore CA2012
        }
        Assert.False(news.TakeSilence());
        news.TellSilence();
        Assert.True(news.TakeSilence());
        Assert.False(news.TakeSilence());
    }

    [Fact]
    public async Task Nothing_that_many_threads_tell_is_lost()
    {
        const int Tellers = 4;
        const int Times = 20_000;
        var news = Gathering(milliseconds: 10);
        var told = 0;
        var tellers = Enumerable
            .Range(0, Tellers)
            .Select(_ =>
                Task.Run(
                    () =>
                    {
                        for (var i = 0; i < Times; i++)
                        {
                            Interlocked.Increment(ref told);
                            news.Tell();
                        }
                    },
                    TestContext.Current.CancellationToken
                )
            )
            .ToList();
        while (Volatile.Read(ref told) < Tellers * Times)
        {
            await news.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
        await Task.WhenAll(tellers);
    }

    private static News Gathering(int milliseconds) =>
        new(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);

    private static News Add(News news, bool isUrgent = false)
    {
        news.Add(isUrgent);
        return news;
    }
}
