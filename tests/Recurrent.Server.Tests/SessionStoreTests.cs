using Recurrent.Decoding;
using Recurrent.Server.Sessions;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>How long sessions are kept, and for whom.</summary>
public sealed class SessionStoreTests
{
    private static readonly TextState s_text = new(State(), new SamplingOptions(), Sample: 0);

    private readonly Clock _clock = new();

    [Fact]
    public void A_session_that_nobody_uses_for_its_time_is_dropped()
    {
        var store = new SessionStore(TimeSpan.FromSeconds(10), 1_000_000, _clock);
        var (one, two) = (Add(store, "one"), Add(store, "two"));
        Assert.Equal(_clock.GetUtcNow().AddSeconds(10), store.ExpiryOf(one));
        _clock.Pass(6);
        Assert.Same(one, store.Find("one", "me", out _));
        _clock.Pass(6);
        Assert.Null(store.Find("two", "me", out var wasDropped));
        Assert.True(wasDropped);
        Assert.Equal((1, 1L, one.Bytes), (store.Count, store.Drops, store.Bytes));
        _clock.Pass(3);
        Assert.True(store.TryEnter(one, out _));
        _clock.Pass(100);
        Assert.Same(one, Assert.Single(store.Of("me"))); // it is in use
        store.Leave(one, null);
        Assert.Equal(1, store.Count);
        _clock.Pass(10);
        Assert.Equal((0, 2L, 0L), (store.Count, store.Drops, store.Bytes));
        Assert.Equal("two", two.Id);
    }

    [Fact]
    public void Those_used_longest_ago_make_room()
    {
        var size = s_text.State.Bytes;
        var store = new SessionStore(TimeSpan.FromSeconds(10), (3 * size) + 1, _clock);
        Add(store, "one");
        Add(store, "two");
        Add(store, "three");
        store.Find("one", "me", out _);
        Add(store, "four");
        Assert.Equal(["three", "one", "four"], store.Of("me").Select(session => session.Id));
        Assert.Null(store.Find("two", "me", out var wasDropped));
        Assert.True(wasDropped);
        Assert.Equal(3 * size, store.Bytes);
    }

    [Fact]
    public void A_session_that_outgrows_all_room_is_dropped_itself()
    {
        var store = new SessionStore(TimeSpan.FromSeconds(10), s_text.State.Bytes, _clock);
        var session = Add(store, "one");
        Assert.True(store.TryEnter(session, out var text));
        Assert.False(store.TryEnter(session, out _));
        var larger = TestServer.Load("lstm-bytes");
        var batch = new StreamBatch(larger.Model.CreateDecoder(), larger.Codec, 1);
        var stream = batch.Admit(
            larger.Codec.EncodePrompt(new string('e', 100)),
            new() { Length = 0, CanRewind = true }
        );
        while (stream.End is null)
        {
            batch.Step();
        }
        store.Leave(session, batch.Save(stream));
        Assert.Null(store.Find("one", "me", out var wasDropped));
        Assert.True(wasDropped);
        Assert.Equal((0, 0L), (store.Count, store.Bytes));
        Assert.Same(s_text.State, text.State);
    }

    [Fact]
    public void Nobody_else_finds_a_session_or_learns_that_it_was()
    {
        var store = new SessionStore(TimeSpan.FromSeconds(10), 1_000_000, _clock);
        Add(store, "one");
        Assert.Null(store.Find("one", "you", out var wasDropped));
        Assert.False(wasDropped);
        Assert.Empty(store.Of("you"));
        _clock.Pass(11);
        Assert.Null(store.Find("one", "you", out wasDropped));
        Assert.False(wasDropped);
        Assert.Null(store.Find("one", "me", out wasDropped));
        Assert.True(wasDropped);
    }

    [Fact]
    public void A_session_that_was_deleted_while_it_was_changed_stays_away()
    {
        var store = new SessionStore(TimeSpan.FromSeconds(10), 1_000_000, _clock);
        var session = Add(store, "one");
        Assert.True(store.TryEnter(session, out _));
        store.Remove(session);
        store.Leave(session, s_text.State);
        Assert.Null(store.Find("one", "me", out var wasDropped));
        Assert.False(wasDropped);
        Assert.Equal((0, 0L), (store.Count, store.Bytes));
    }

    private static Session Add(SessionStore store, string id) => store.Add(id, "me", "gru", "print", s_text);

    private static StreamState State()
    {
        var trained = TestServer.Load("gru");
        var batch = new StreamBatch(trained.Model.CreateDecoder(), trained.Codec, 1);
        return batch.Save(batch.Admit(trained.Codec.EncodePrompt("t"), new() { Length = 0 }));
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public void Pass(int seconds) => _now += TimeSpan.FromSeconds(seconds);

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
