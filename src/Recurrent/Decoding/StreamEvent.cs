namespace Recurrent.Decoding;

/// <summary>The result of a step for one stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Token">The next token of its text; null where there is only an end to tell of.</param>
/// <param name="IsPrompt">
/// Whether the token was given and not chosen; see <see cref="StreamOptions.ScoresPrompt"/>.
/// </param>
/// <param name="Text">
/// What is certain to be added to its text; maybe empty: a character is incomplete, or what may become a stop string is
/// held back.
/// </param>
/// <param name="Rest">
/// What was held back, at the end by <see cref="EndReason.Length"/>: it stands in the text unless the stream is
/// continued; otherwise empty.
/// </param>
/// <param name="End">Why the stream has ended; null while it goes on.</param>
public readonly record struct StreamEvent(
    TextStream Stream,
    int? Token,
    bool IsPrompt,
    string Text,
    string Rest,
    EndReason? End
);

/// <summary>Why a stream gives no more.</summary>
public enum EndReason
{
    /// <summary>It has as many tokens as were asked for.</summary>
    Length,

    /// <summary>A stop string has come.</summary>
    StopString,

    /// <summary>Its slot was given up before.</summary>
    Released,
}
