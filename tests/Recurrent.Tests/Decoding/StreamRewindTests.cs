using Recurrent.Decoding;

namespace Recurrent.Tests.Decoding;

/// <summary>What a stream keeps to go back.</summary>
public sealed class StreamRewindTests
{
    [Fact]
    public void A_text_goes_back_among_texts_of_other_stop_strings()
    {
        var (decoder, codec) = StreamLawTests.Model(0);
        var batch = new StreamBatch(decoder, codec, 2);
        var options = new StreamOptions { Length = 100, CanRewind = true };
        var stream = batch.Admit(codec.EncodePrompt("the "), options with { Length = 0 });
        StreamLawTests.Read(batch, stream);
        var written = "";
        var ends = new List<(long Position, string Text, StreamOptions Options)>();
        string[][] stops =
        [
            ["e"],
            [],
            ["an", "th"],
            ["a\u0001", "e\u0001", "t\u0001"],
        ];
        foreach (var stop in stops.Concat(stops))
        {
            options = options with { Sampling = options.Sampling with { StopStrings = stop } };
            var saved = batch.Save(stream);
            batch.Release(stream);
            stream = batch.Restore(saved, options);
            ends.Add((stream.Position, StreamLawTests.Read(batch, stream), options));
            written += ends[^1].Text;
        }
        var end = batch.Save(stream);
        foreach (var (position, text, how) in ends)
        {
            Assert.Equal(text, StreamLawTests.Read(batch, batch.Restore(end.Rewind(position), how)));
            batch.Release(batch.Streams[^1]);
        }
        Assert.True(written.Length > 300, written);
    }

    [Fact]
    public void The_way_back_takes_memory_of_the_texts_length()
    {
        const int Tokens = 20_000;
        var (decoder, codec) = StreamLawTests.Model(0);
        var batch = new StreamBatch(decoder, codec, 1);
        var stream = batch.Admit(codec.EncodePrompt(new string('e', Tokens)), new() { Length = 0, CanRewind = true });
        while (stream.End is null)
        {
            batch.Step();
        }
        Assert.InRange(batch.Save(stream).Bytes, Tokens * 12, Tokens * 30);
    }
}
