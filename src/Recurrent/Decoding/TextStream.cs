using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>
/// One text of a <see cref="StreamBatch"/>: a prompt that is read and then continued. It is the batch that moves it.
/// </summary>
/// <remarks>
/// After p tokens the decoder has read all of them but the last. A step reads that one; then the next token is the one
/// that is known to follow, in a prompt or where the text is read again, or else it is chosen.
/// </remarks>
public sealed class TextStream
{
    private readonly StreamBatch _batch;
    private readonly TextCodec _codec;
    private readonly TokenSampler _sampler;
    private readonly StreamText _text;
    private readonly StreamHistory? _history;
    private readonly KnownToken[] _ahead; // tokens that are known to follow
    private readonly int _again; // of those, how many have been events before
    private int _taken; // of those
    private long _behind; // tokens that the text is made of by now

    internal TextStream(
        StreamBatch batch,
        TextCodec codec,
        SamplerMemory memory,
        StreamOptions options,
        StreamState state
    )
    {
        (_batch, _codec, Options, Remaining) = (batch, codec, options, options.Length);
        (_behind, _ahead, _again) = (state.Taken, state.Ahead, state.AheadAgain);
        var counts = options.CanRewind || options.CountsTokens;
        _sampler = new TokenSampler(options.Sampling, memory, options.Sample, state.Sampler, counts);
        _text = new StreamText(
            codec,
            options.Sampling.StopStrings,
            state.Sampler.Recent,
            state.Held,
            state.SpaceIsThere
        );
        Last = state.Sampler.Recent is [.., var last] ? last : codec.TokenBefore ?? codec.Opening;
        _history = options.CanRewind ? state.History?.Copy() ?? new StreamHistory(state.Behind()) : null;
        // A model knows only what comes after a token. What has no prompt follows a line end, or else begins as the
        // training text does.
        if (_behind == 0 && _ahead is [{ IsChosen: false } first, ..])
        {
            Take(first);
        }
        else if (_behind == 0 && _ahead.Length == 0 && codec.TokenBefore is null && Remaining > 0)
        {
            Remaining--;
            _sampler.Observe(codec.Opening);
            Add(new KnownToken(codec.Opening, TokenOrigin.Opening));
        }
        EndsAtOnce = IsAtEnd;
    }

    /// <summary>The options that it was admitted with.</summary>
    public StreamOptions Options { get; }

    /// <summary>
    /// Number of tokens of the text so far: of its prompt, those of them that have been read, and those chosen.
    /// </summary>
    public long Position => _behind + Math.Max(0, _again - _taken);

    /// <summary>The number of tokens still to be added unless the text ends sooner.</summary>
    public int Remaining { get; private set; }

    /// <summary>Why the stream has ended; null while it goes on.</summary>
    public EndReason? End { get; private set; }

    /// <summary>The decoder's row; −1 once it is released.</summary>
    internal int Row { get; set; } = -1;

    /// <summary>The place of its logits among those of the last step; −1 where it has none.</summary>
    internal int Output { get; set; } = -1;

    /// <summary>The token to read next.</summary>
    internal int Last { get; private set; }

    /// <summary>Whether it has come with nothing to read, so that all there is to tell of is its end.</summary>
    internal bool EndsAtOnce { get; private set; }

    /// <summary>Whether a step with it must give logits.</summary>
    internal bool NeedsLogits => _taken == _ahead.Length || (Options.ScoresPrompt && _taken >= _again);

    private bool IsAtEnd => _taken == _ahead.Length && (Remaining == 0 || _text.HasStopped);

    /// <summary>Whether it holds a slot of a batch.</summary>
    internal bool IsOf(StreamBatch batch) => _batch == batch && Row >= 0;

    /// <summary>Tells of the end of a stream that has come with nothing to read.</summary>
    internal StreamEvent EndAtOnce()
    {
        EndsAtOnce = false;
        return EndOnly();
    }

    /// <summary>Goes on after <see cref="Last"/> has been read.</summary>
    /// <param name="logits">The logits of the next token (vocabulary), or none; see <see cref="NeedsLogits"/>.</param>
    /// <returns>What there is to tell of; null for nothing.</returns>
    internal StreamEvent? Advance(ReadOnlySpan<float> logits)
    {
        if (_taken == _ahead.Length)
        {
            var chosen = _sampler.Next(logits);
            Remaining--;
            return Event(chosen, isPrompt: false, Add(new KnownToken(chosen, TokenOrigin.Chosen)));
        }
        var isNew = _taken >= _again;
        var known = _ahead[_taken];
        Take(known);
        return isNew && Options.ScoresPrompt ? Event(known.Token, isPrompt: true, "")
            : IsAtEnd ? EndOnly()
            : null;
    }

    /// <summary>The stream's state; what the decoder keeps of it is given.</summary>
    internal StreamState Save(DecoderRow row) =>
        new(row, _sampler.Save())
        {
            Taken = _behind,
            Held = _text.Held,
            SpaceIsThere = _text.SpaceIsThere,
            Ahead = _ahead[_taken..],
            AheadAgain = Math.Max(0, _again - _taken),
            History = _history?.Copy(),
        };

    /// <summary>The state of what is behind, without what is ahead and how it came here.</summary>
    internal StreamState SaveBehind(DecoderRow row) =>
        new(row, _sampler.Save())
        {
            Taken = _behind,
            Held = _text.Held,
            SpaceIsThere = _text.SpaceIsThere,
        };

    /// <summary>The number of tokens behind a position that were added to a prompt.</summary>
    internal int AddedSince(long position) => _history?.Added(position, Position) ?? 0;

    /// <summary>Ends it for good.</summary>
    internal void Release()
    {
        (End, Row, Output) = (End ?? EndReason.Released, -1, -1);
    }

    private void Take(KnownToken known)
    {
        var isAgain = _taken++ < _again;
        if (known.IsChosen)
        {
            _sampler.Choose(known.Token);
        }
        else
        {
            _sampler.Observe(known.Token);
        }
        if (isAgain)
        {
            _text.AddAgain(known);
            Passed(known);
        }
        else
        {
            Add(known);
        }
    }

    private string Add(KnownToken token)
    {
        var text = _text.Add(token);
        Passed(token);
        return text;
    }

    private void Passed(KnownToken token)
    {
        Last = token.Token;
        _behind++;
        if (_history is not null && _history.End < _behind)
        {
            _history.Add(token with { Held = _text.Held.Length });
            if (_history.Wants(_behind))
            {
                _history.Add(SaveBehind(_batch.SaveRow(this)));
            }
        }
    }

    private StreamEvent EndOnly() => Event(token: null, isPrompt: false, _text.HasStopped ? _text.TellStopped() : "");

    private StreamEvent Event(int? token, bool isPrompt, string text)
    {
        End =
            !IsAtEnd ? null
            : _text.HasStopped ? EndReason.StopString
            : EndReason.Length;
        return new(this, token, isPrompt, text, End is EndReason.Length ? Rest() : "", End);
    }

    private string Rest()
    {
        Span<int> recent = stackalloc int[SamplingOptions.RepetitionWindow];
        return _text.Rest(recent[.._sampler.CopyRecent(recent)]);
    }
}
