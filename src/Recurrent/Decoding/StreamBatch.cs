using Recurrent.Models;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>
/// Texts that are read and written side by side, a slot each. They come and go between two steps, and no bit of one
/// depends on the others, on their number or on when they come and go. Nothing happens but in a call: a batch that
/// waits uses no processor time.
/// </summary>
/// <remarks>
/// It serves one thread at a time; batches of one decoder may be at work on different threads at once.
/// </remarks>
/// <example>
/// <code>
/// var batch = new StreamBatch(trained.Model.CreateDecoder(), trained.Codec, slots: 8);
/// batch.Admit(trained.Codec.EncodePrompt("the "), new() { Length = 100, Sampling = new() { Seed = 7 } });
/// while (batch.Streams.Any(stream =&gt; stream.End is null))
/// {
///     foreach (var (stream, _, _, text, rest, end) in batch.Step())
///     {
///         Console.Write(text + rest);
///     }
/// }
/// </code>
/// </example>
public sealed class StreamBatch
{
    private readonly Decoder _decoder;
    private readonly DecoderState _state;
    private readonly TextCodec _codec;
    private readonly SamplerMemory _memory;
    private readonly List<TextStream> _streams; // in the order in which they came
    private readonly PriorityQueue<int, int> _free; // rows, the first in front, so that those in use stand together
    private readonly List<StreamEvent> _events;
    private readonly TextStream[] _stepping; // (slots), those that a step reads, with logits first
    private readonly int[] _rows; // (slots), theirs
    private readonly int[] _tokens; // (slots), theirs

    /// <summary>Makes a batch of free slots.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="codec">How text becomes the model's tokens and back.</param>
    /// <param name="slots">How many texts it can hold, at least 1.</param>
    /// <exception cref="ArgumentException">The codec's vocabulary is not as large as the model's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no slot.</exception>
    public StreamBatch(Decoder decoder, TextCodec codec, int slots)
    {
        RequireFit(decoder, codec);
        Within.AtLeast(1).Require(nameof(slots), slots);
        (_decoder, _state) = (decoder, decoder.RentState(slots));
        (_codec, Slots) = (codec, slots);
        _memory = new SamplerMemory(decoder.VocabularySize, codec.Vocabulary.Occurring);
        (_streams, _events) = (new(slots), new(slots));
        _free = new(Enumerable.Range(0, slots).Select(row => (row, row)));
        (_stepping, _rows, _tokens) = (new TextStream[slots], new int[slots], new int[slots]);
    }

    /// <summary>The number of texts that it can hold.</summary>
    public int Slots { get; }

    /// <summary>The number of further texts that it can hold now.</summary>
    public int FreeSlots => _free.Count;

    /// <summary>The streams that hold a slot, in the order in which they came.</summary>
    public IReadOnlyList<TextStream> Streams => _streams;

    /// <summary>Gives a text a slot. Nothing is read before the next step.</summary>
    /// <param name="prompt">
    /// The beginning. Where it has no tokens, the text follows a line end, if the training text had any, or else begins
    /// with that text's first token, which counts as one of those that are added.
    /// </param>
    /// <param name="options">What is asked.</param>
    /// <exception cref="InvalidOperationException">No slot is free.</exception>
    /// <exception cref="ArgumentException">A biased token is not one of the vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not one of the vocabulary.</exception>
    public TextStream Admit(Prompt prompt, StreamOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Restore(new StreamState(_state.Start, new SamplerState(0, [], [])), options, prompt);
    }

    /// <summary>Gives a text a slot that was saved, to go on as it would have.</summary>
    /// <param name="saved">What was saved, from this or another batch of such a decoder.</param>
    /// <param name="options">
    /// What is asked from here on; with those it had and what remained of the length, it goes on as it was.
    /// </param>
    /// <param name="more">What to read after the text before it goes on; null for nothing.</param>
    /// <exception cref="InvalidOperationException">No slot is free.</exception>
    /// <exception cref="ArgumentException">
    /// What was saved is of another model, or a biased token not one of the vocabulary.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not one of the vocabulary.</exception>
    public TextStream Restore(StreamState saved, StreamOptions options, Prompt? more = null)
    {
        ArgumentNullException.ThrowIfNull(saved);
        ArgumentNullException.ThrowIfNull(options);
        if (_free.Count == 0)
        {
            throw new InvalidOperationException(
                $"All {Slots} slots of the batch are taken; release a stream first, or make a larger batch."
            );
        }
        saved = more is null ? saved : saved.Before(more);
        saved.RequireTokensBelow(_codec.Vocabulary.Count);
        var stream = new TextStream(this, _codec, _memory, options, saved);
        _state.Restore(_free.Peek(), saved.Row);
        stream.Row = _free.Dequeue();
        _streams.Add(stream);
        return stream;
    }

    /// <summary>Gives a copy of a text a slot; both go on independently.</summary>
    /// <param name="stream">The text.</param>
    /// <param name="options">
    /// What is asked of the copy, such as another sample; null for what is left of what is asked of the text.
    /// </param>
    /// <exception cref="InvalidOperationException">No slot is free, or the stream has none in this batch.</exception>
    /// <example>
    /// <code>
    /// var first = batch.Admit(trained.Codec.EncodePrompt("the "), new() { Length = 100 });
    /// batch.Step(); // reads the first token of the prompt, once for both
    /// var second = batch.Fork(first, first.Options with { Sample = 1 });
    /// </code>
    /// </example>
    public TextStream Fork(TextStream stream, StreamOptions? options = null)
    {
        var saved = Save(stream);
        return Restore(saved, options ?? stream.Options with { Length = stream.Remaining });
    }

    /// <summary>
    /// Goes back in a text, which goes on from there as it did: another stream takes its slot, with as many more tokens
    /// to add as it takes back of those that were chosen. At most 63 tokens are read again, in as many steps.
    /// </summary>
    /// <param name="stream">A text that can go back; see <see cref="StreamOptions.CanRewind"/>.</param>
    /// <param name="position">
    /// Tokens of the text that stay. What follows of a prompt behind them is not read any more.
    /// </param>
    /// <exception cref="InvalidOperationException">The text cannot go back, or has no slot in this batch.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The text has no such position.</exception>
    public TextStream Rewind(TextStream stream, long position)
    {
        var saved = Save(stream).Rewind(position);
        var options = stream.Options with { Length = stream.Remaining + stream.AddedSince(position) };
        Release(stream);
        return Restore(saved, options);
    }

    /// <summary>Saves a text's whole state.</summary>
    /// <param name="stream">The text, at its end or not.</param>
    /// <exception cref="InvalidOperationException">The stream has no slot in this batch.</exception>
    /// <example>
    /// <code>
    /// var saved = batch.Save(stream);
    /// batch.Release(stream); // its slot is free
    /// var later = batch.Restore(saved, stream.Options with { Length = stream.Remaining });
    /// </code>
    /// </example>
    public StreamState Save(TextStream stream)
    {
        RequireHeld(stream);
        return stream.Save(_state.Save(stream.Row));
    }

    /// <summary>Saves the state of what is behind, without what is ahead and the way here.</summary>
    internal StreamState SaveBehind(TextStream stream) => stream.SaveBehind(_state.Save(stream.Row));

    /// <summary>Takes a text's slot back, at its end or before. It does nothing to one that is released.</summary>
    /// <param name="stream">The text.</param>
    public void Release(TextStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.IsOf(this))
        {
            _streams.Remove(stream);
            _free.Enqueue(stream.Row, stream.Row);
            stream.Release();
        }
    }

    /// <summary>
    /// Reads one token of each text that goes on. A text that ends keeps its slot, and is not read, until it is
    /// released.
    /// </summary>
    /// <returns>
    /// What there is to tell: for each text that goes on one event a token, but for those of prompts, of which only the
    /// end is told unless they are scored. The next step overwrites the list.
    /// </returns>
    public IReadOnlyList<StreamEvent> Step()
    {
        _events.Clear();
        var outputs = Collect(needLogits: true, 0);
        var count = Collect(needLogits: false, outputs);
        if (count == 0)
        {
            return _events;
        }
        var isCompact =
            outputs == count && count == _streams.Count && !_rows.AsSpan(0, count).ContainsAnyInRange(count, Slots);
        if (isCompact)
        {
            for (var i = 0; i < count; i++)
            {
                (_rows[i], _tokens[_stepping[i].Row]) = (i, _stepping[i].Last);
            }
        }
        var logits = _state.Step(_rows.AsSpan(0, count), _tokens.AsSpan(0, count), outputs, forgetsOthers: isCompact);
        for (var i = 0; i < count; i++)
        {
            var stream = _stepping[i];
            stream.Output =
                i >= outputs ? -1
                : isCompact ? stream.Row
                : i;
            if (stream.Advance(i < outputs ? RowOf(logits, stream.Output) : default) is { } happened)
            {
                _events.Add(happened);
            }
        }
        return _events;
    }

    /// <summary>
    /// The logits that a text's last token was chosen by, or is scored by; the next step overwrites them.
    /// </summary>
    /// <param name="stream">A text of which the last step has told a token, or chosen it again.</param>
    /// <returns>Logits (vocabulary), as the model gave them.</returns>
    /// <exception cref="InvalidOperationException">The last step gave no logits of the text.</exception>
    public ReadOnlySpan<float> LogitsOf(TextStream stream)
    {
        RequireHeld(stream);
        return stream.Output >= 0
            ? RowOf(_state.Logits, stream.Output)
            : throw new InvalidOperationException(
                "The last step gave no logits of the stream; ask after a step that has read a token of it."
            );
    }

    /// <exception cref="ArgumentException">The codec's vocabulary is not as large as the model's.</exception>
    internal static void RequireFit(Decoder decoder, TextCodec codec)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(codec);
        if (decoder.VocabularySize != codec.Vocabulary.Count)
        {
            throw new ArgumentException(
                $"The model has {decoder.VocabularySize} vocabulary entries and the codec {codec.Vocabulary.Count}; "
                    + "use the codec that the model was trained with.",
                nameof(codec)
            );
        }
    }

    /// <summary>Gives its memory to the next batch of the decoder; for one that nobody uses any more.</summary>
    internal void Close() => _decoder.ReturnState(_state);

    /// <summary>The decoder's state of a text.</summary>
    internal DecoderRow SaveRow(TextStream stream) => _state.Save(stream.Row);

    /// <summary>Copies the hidden state of a layer after the last token that was read of a text.</summary>
    internal void ReadHidden(TextStream stream, int layer, Span<float> values) =>
        _state.ReadHidden(stream.Row, values, layer);

    /// <summary>Adds the streams to read that need logits, or those that do not, to those that are.</summary>
    private int Collect(bool needLogits, int count)
    {
        foreach (var stream in _streams)
        {
            if (stream.End is not null || stream.NeedsLogits != needLogits)
            {
                continue;
            }
            if (stream.EndsAtOnce)
            {
                _events.Add(stream.EndAtOnce());
                continue;
            }
            (_stepping[count], _rows[count], _tokens[count]) = (stream, stream.Row, stream.Last);
            count++;
        }
        return count;
    }

    private ReadOnlySpan<float> RowOf(ReadOnlySpan<float> logits, int row) =>
        logits.Slice(row * _codec.Vocabulary.Count, _codec.Vocabulary.Count);

    private void RequireHeld(TextStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.IsOf(this))
        {
            throw new InvalidOperationException(
                "The stream has no slot in this batch; save it before it is released, and restore what was saved."
            );
        }
    }
}
