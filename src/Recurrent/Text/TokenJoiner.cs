namespace Recurrent.Text;

/// <summary>
/// Joins tokens to text as they come. The pieces that <see cref="Append"/> and a final <see cref="Flush"/> return make
/// up the whole text, and each piece is well-formed by itself. A joiner serves one sequence and one thread.
/// </summary>
internal abstract class TokenJoiner
{
    /// <summary>Adds a token and returns the text that is now certain.</summary>
    /// <param name="token">The next token.</param>
    /// <returns>
    /// The text that this token adds; empty while a Unicode scalar value is incomplete, as it is between the two bytes
    /// of an "é".
    /// </returns>
    public abstract string Append(string token);

    /// <summary>Ends the sequence and makes the joiner ready for another.</summary>
    /// <returns>U+FFFD if the tokens ended within a scalar value; otherwise the empty string.</returns>
    public abstract string Flush();
}
