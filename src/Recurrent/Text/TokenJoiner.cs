namespace Recurrent.Text;

/// <summary>
/// Joins tokens to text as they come. The pieces that <see cref="Append"/> and a last <see cref="Flush"/>
/// return, one after the other, are the whole text, and each piece is well-formed by itself. One joiner
/// serves one sequence and one thread.
/// </summary>
public abstract class TokenJoiner
{
    private protected TokenJoiner() { }

    /// <summary>Adds a token and returns the text that is now certain.</summary>
    /// <param name="token">The next token.</param>
    /// <returns>
    /// The text this token adds; empty while a Unicode scalar value is incomplete, as it is between the bytes
    /// of an "é".
    /// </returns>
    public abstract string Append(string token);

    /// <summary>Ends the sequence and makes the joiner ready for another.</summary>
    /// <returns>U+FFFD where the tokens stopped within a scalar value; otherwise the empty string.</returns>
    public abstract string Flush();
}
