using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>The text that the chosen tokens of a stream make: joined, and let through up to a stop string.</summary>
internal sealed class StreamText
{
    // Tokens that a joiner's state is made of: the bytes of a character of four that lacks the last.
    private const int MostIncomplete = 3;

    private readonly TextCodec _codec;
    private readonly IReadOnlyList<string> _stopStrings;
    private readonly TokenJoiner _joiner;
    private StopFilter _stops;
    private string _untold = ""; // what was held and the opening, until something is told
    private string _carried = ""; // free to be told: held by other stop strings than these, or an opening

    /// <summary>Goes on after some tokens.</summary>
    /// <param name="codec">How tokens become text.</param>
    /// <param name="stopStrings">What ends the text.</param>
    /// <param name="last">The last tokens; any more than three make no difference.</param>
    /// <param name="held">Text that was held back.</param>
    /// <param name="spaceIsThere">Whether the text ends with a space that is not a token.</param>
    public StreamText(
        TextCodec codec,
        IReadOnlyList<string> stopStrings,
        ReadOnlySpan<int> last,
        string held,
        bool spaceIsThere
    )
    {
        (_codec, _stopStrings, SpaceIsThere) = (codec, stopStrings, spaceIsThere);
        _joiner = codec.Tokenizer.CreateJoiner();
        foreach (var token in last[Math.Max(0, last.Length - MostIncomplete)..])
        {
            _joiner.Append(codec.Vocabulary[token]);
        }
        _stops = new StopFilter(stopStrings);
        Hold(held);
    }

    /// <summary>Whether the text ends with a space that is not a token.</summary>
    public bool SpaceIsThere { get; private set; }

    /// <summary>Whether a stop string has come.</summary>
    public bool HasStopped => _stops.HasStopped;

    /// <summary>Text that is yet to be told, or may become a stop string.</summary>
    public string Held =>
        HasStopped ? _untold
        : _carried.Length == 0 ? _stops.Held
        : _carried + _stops.Held;

    /// <summary>Tells of a text that has stopped before any token was chosen.</summary>
    /// <returns>What stands before the stop string.</returns>
    public string TellStopped()
    {
        var text = _carried;
        (_untold, _carried) = ("", "");
        return text;
    }

    /// <summary>Adds a token.</summary>
    /// <returns>The text that it adds; may be empty, and is for a token of a prompt.</returns>
    public string Add(KnownToken token)
    {
        var piece = _joiner.Append(_codec.Vocabulary[token.Token]);
        if (token.Origin == TokenOrigin.Opening)
        {
            _untold += piece;
            _carried += _stops.Append(piece); // told with the next
            return "";
        }
        if (!token.IsChosen)
        {
            Hold(""); // stop strings are looked for in each answer by itself
            SpaceIsThere = token.Origin == TokenOrigin.PromptWithSpace;
            return "";
        }
        _untold = "";
        var text = _stops.Append(WithoutSpace(piece));
        if (_carried.Length > 0)
        {
            (text, _carried) = (_carried + text, "");
        }
        return text;
    }

    /// <summary>
    /// Adds a token that is read again: all is told but what was held back after it then, by whatever stop strings.
    /// </summary>
    public void AddAgain(KnownToken token)
    {
        var piece = _joiner.Append(_codec.Vocabulary[token.Token]);
        if (token.IsAdded)
        {
            var text = Held + (token.IsChosen ? WithoutSpace(piece) : piece);
            Hold(text[^token.Held..]);
            return;
        }
        Hold("");
        SpaceIsThere = token.Origin == TokenOrigin.PromptWithSpace;
    }

    /// <summary>The text that is left when no token follows; it is still there if one does.</summary>
    /// <param name="last">The last tokens; any more than three make no difference.</param>
    public string Rest(ReadOnlySpan<int> last)
    {
        if (HasStopped)
        {
            return "";
        }
        var end = new StreamText(_codec, _stopStrings, last, Held, SpaceIsThere);
        return end._carried + end._stops.Append(end._joiner.Flush()) + end._stops.Rest();
    }

    /// <summary>Looks for stop strings from here on, and in a text that is yet to be told.</summary>
    private void Hold(string text)
    {
        if (_stops.HasStopped || _stops.Held.Length > 0)
        {
            _stops = new StopFilter(_stopStrings);
        }
        (_untold, _carried) = (text, text.Length == 0 ? "" : _stops.Append(text));
    }

    /// <summary>What a token adds behind a space that goes without saying.</summary>
    private string WithoutSpace(string piece)
    {
        var text = SpaceIsThere && piece.StartsWith(' ') ? piece[1..] : piece;
        SpaceIsThere = false;
        return text;
    }
}
