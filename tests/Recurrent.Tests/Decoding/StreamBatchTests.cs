using Recurrent.Decoding;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

/// <summary>A batch of streams and what its events tell.</summary>
public sealed class StreamBatchTests
{
    private static readonly Corpus s_corpus = Corpus.FromText("aaaaabbbbcccdde"); // a is 1, b 2, …, e 5

    private static readonly TextCodec s_codec = s_corpus.Codec;

    // The prefix "ab" sums to 3, so 4 comes: d. Then 3 + 4 = 7, and 8 mod 6 = 2: b. Then 9, and 10 mod 6 = 4: d.
    [Fact]
    public void Tells_each_chosen_token_and_the_end()
    {
        var batch = Batch(slots: 2);
        var stream = batch.Admit(s_codec.EncodePrompt("ab"), new() { Length = 2, Sampling = SamplingOptions.Greedy });
        Assert.Empty(batch.Step());
        Assert.Equal(2, stream.Position);
        Assert.Equal([new(stream, 4, IsPrompt: false, "d", "", End: null)], batch.Step());
        Assert.Equal(4, batch.LogitsOf(stream).IndexOf(1f));
        Assert.Equal([new(stream, 2, IsPrompt: false, "b", "", EndReason.Length)], batch.Step());
        Assert.Equal(EndReason.Length, stream.End);
        Assert.Equal((4, 0), (stream.Position, stream.Remaining));
        Assert.Empty(batch.Step());
        Assert.Same(stream, Assert.Single(batch.Streams));
    }

    [Fact]
    public void A_scored_prompt_tells_its_tokens_and_their_logits()
    {
        var batch = Batch();
        var stream = batch.Admit(
            s_codec.EncodePrompt("abe"),
            new()
            {
                Length = 1,
                Sampling = SamplingOptions.Greedy,
                ScoresPrompt = true,
            }
        );
        Assert.Equal([new(stream, 2, IsPrompt: true, "", "", End: null)], batch.Step());
        Assert.Equal(2, batch.LogitsOf(stream).IndexOf(1f)); // 1 is read, so 2 is expected
        Assert.Equal([new(stream, 5, IsPrompt: true, "", "", End: null)], batch.Step());
        Assert.Equal(4, batch.LogitsOf(stream).IndexOf(1f)); // 1 + 2 are read, and 5 comes where 4 is expected
        Assert.Equal([new(stream, 3, IsPrompt: false, "c", "", EndReason.Length)], batch.Step());
    }

    [Fact]
    public void No_length_reads_the_prompt_and_ends()
    {
        var batch = Batch(slots: 3);
        var options = new StreamOptions { Length = 0, Sampling = SamplingOptions.Greedy };
        var (none, one, two) = (
            batch.Admit(s_codec.EncodePrompt(""), options),
            batch.Admit(s_codec.EncodePrompt("a"), options),
            batch.Admit(s_codec.EncodePrompt("ab"), options)
        );
        Assert.Equal([none, one, two], batch.Step().Select(happened => happened.Stream));
        Assert.All(batch.Streams, stream => Assert.Equal(EndReason.Length, stream.End));
        Assert.Equal("dbd", Text(batch.Restore, batch.Save(two), batch, length: 3));
    }

    [Fact]
    public void Says_why_a_stream_ended()
    {
        var batch = Batch(slots: 2);
        var stopping = new StreamOptions
        {
            Length = 9,
            Sampling = SamplingOptions.Greedy with { StopStrings = ["bd"] },
        };
        var stopped = batch.Admit(s_codec.EncodePrompt("ab"), stopping); // it would be dbd…
        var released = batch.Admit(s_codec.EncodePrompt("ab"), new() { Length = 9, Sampling = SamplingOptions.Greedy });
        batch.Step();
        batch.Step();
        batch.Step();
        batch.Release(released);
        var last = Assert.Single(batch.Step());
        Assert.Equal(("", "", EndReason.StopString), (last.Text, last.Rest, last.End));
        Assert.Equal(EndReason.StopString, stopped.End);
        Assert.Equal(EndReason.Released, released.End);
        batch.Release(stopped);
        Assert.Equal(EndReason.StopString, stopped.End);
        Assert.Equal(2, batch.FreeSlots);
    }

    [Fact]
    public void What_is_held_back_is_the_rest_at_the_end_and_goes_on_from_a_saved_state()
    {
        var batch = Batch();
        var sampling = SamplingOptions.Greedy with { StopStrings = ["bde"] };
        var stream = batch.Admit(s_codec.EncodePrompt("ab"), new() { Length = 2, Sampling = sampling });
        batch.Step();
        batch.Step();
        var end = Assert.Single(batch.Step());
        Assert.Equal(("", "b"), (end.Text, end.Rest));
        var saved = batch.Save(stream);
        batch.Release(stream);
        // The text goes on with "db": "bd" is held until the next "b" comes, which may begin a stop string again.
        var again = batch.Restore(saved, new() { Length = 2, Sampling = sampling });
        Assert.Equal("", Assert.Single(batch.Step()).Text);
        var last = Assert.Single(batch.Step());
        Assert.Equal((again, "bd", "b"), (last.Stream, last.Text, last.Rest));
    }

    [Fact]
    public void A_saved_state_reads_another_prompt_before_it_goes_on()
    {
        var batch = Batch();
        var stream = batch.Admit(s_codec.EncodePrompt("a"), new() { Length = 0, Sampling = SamplingOptions.Greedy });
        batch.Step();
        var saved = batch.Save(stream);
        batch.Release(stream);
        var more = s_codec.EncodePrompt("b");
        Assert.Equal("dbd", Text((state, options, _) => batch.Restore(state, options, more), saved, batch, 3));
    }

    [Fact]
    public void A_rewound_stream_has_as_much_more_to_add()
    {
        var batch = Batch();
        var options = new StreamOptions
        {
            Length = 5,
            Sampling = SamplingOptions.Greedy,
            CanRewind = true,
        };
        var stream = batch.Admit(s_codec.EncodePrompt("ab"), options);
        for (var step = 0; step < 4; step++)
        {
            batch.Step();
        }
        Assert.Equal((5, 2), (stream.Position, stream.Remaining));
        var again = batch.Rewind(stream, 3); // "abd"
        Assert.Equal(EndReason.Released, stream.End);
        Assert.Equal(4, again.Remaining);
        Assert.Equal("bd", string.Concat(Steps(batch, 4).Select(happened => happened.Text)));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Rewind(again, 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Rewind(again, -1));
        Assert.Null(again.End);
    }

    [Fact]
    public void Refuses_what_does_not_fit()
    {
        Assert.Throws<ArgumentException>(() => new StreamBatch(new CountingModel(9).Decoder, s_codec, slots: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Batch(slots: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamOptions { Length = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamOptions { Length = 1, Sample = -1 });
        var batch = Batch();
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Admit(new Prompt((int[])[6]), new() { Length = 1 }));
        var biased = new SamplingOptions { LogitBias = new Dictionary<int, double> { [6] = 1 } };
        Assert.Throws<ArgumentException>(() =>
            batch.Admit(s_codec.EncodePrompt("a"), new() { Length = 1, Sampling = biased })
        );
        Assert.Equal(1, batch.FreeSlots);
        var stream = batch.Admit(s_codec.EncodePrompt("a"), new() { Length = 1, Sampling = SamplingOptions.Greedy });
        Assert.Contains(
            "All 1 slots",
            Assert
                .Throws<InvalidOperationException>(() => batch.Admit(s_codec.EncodePrompt("a"), new() { Length = 1 }))
                .Message
        );
        Assert.Throws<InvalidOperationException>(() => batch.LogitsOf(stream));
        Assert.Throws<InvalidOperationException>(() => batch.Rewind(stream, 0));
        Assert.Throws<InvalidOperationException>(() => Batch().Save(stream));
        batch.Release(stream);
        batch.Release(stream);
        Assert.Throws<InvalidOperationException>(() => batch.Save(stream));
        Assert.Equal(1, batch.FreeSlots);
    }

    private static StreamBatch Batch(int slots = 1) => new(new CountingModel(6).Decoder, s_codec, slots);

    private static IEnumerable<StreamEvent> Steps(StreamBatch batch, int count) =>
        Enumerable.Range(0, count).SelectMany(_ => batch.Step().ToArray());

    private static string Text(
        Func<StreamState, StreamOptions, Prompt?, TextStream> restore,
        StreamState saved,
        StreamBatch batch,
        int length
    )
    {
        while (batch.Streams.Count > 0)
        {
            batch.Release(batch.Streams[0]);
        }
        restore(saved, new() { Length = length, Sampling = SamplingOptions.Greedy }, null);
        return string.Concat(Steps(batch, length + 2).Select(happened => happened.Text + happened.Rest));
    }
}
