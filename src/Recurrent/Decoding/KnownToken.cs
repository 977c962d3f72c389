using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>The origin of a token of a stream's text.</summary>
internal enum TokenOrigin : byte
{
    /// <summary>A prompt.</summary>
    Prompt,

    /// <summary>The end of a prompt, behind which a space goes without saying.</summary>
    PromptWithSpace,

    /// <summary>It was chosen.</summary>
    Chosen,

    /// <summary>It begins a text that has no prompt, and is written as if it was chosen.</summary>
    Opening,
}

/// <summary>A token of a stream's text.</summary>
internal readonly record struct KnownToken(int Token, TokenOrigin Origin)
{
    /// <summary>The length of the text that was held back after it; known where it is read again.</summary>
    public int Held { get; init; }

    /// <summary>Whether it was chosen.</summary>
    public bool IsChosen => Origin == TokenOrigin.Chosen;

    /// <summary>Whether it was added to what was given.</summary>
    public bool IsAdded => Origin >= TokenOrigin.Chosen;

    /// <summary>The tokens of a prompt.</summary>
    public static KnownToken[] Of(Prompt prompt)
    {
        var tokens = prompt.Tokens.Span;
        var known = new KnownToken[tokens.Length];
        for (var i = 0; i < known.Length; i++)
        {
            known[i] = new(tokens[i], TokenOrigin.Prompt);
        }
        if (prompt.ImpliesSpace && known.Length > 0)
        {
            known[^1] = known[^1] with { Origin = TokenOrigin.PromptWithSpace };
        }
        return known;
    }
}
