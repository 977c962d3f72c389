namespace Recurrent.Evaluation;

/// <summary>The number of bits that a line takes: the more, the more surprising it is.</summary>
/// <param name="Line">The line, as given.</param>
/// <param name="Characters">The number of Unicode characters in the normalized line.</param>
/// <param name="Unknown">The number of its tokens that the model's vocabulary lacks.</param>
/// <param name="Bits">
/// The number of bits that its tokens take, with those that spell out the unknown ones.
/// </param>
public sealed record LineScore(string Line, int Characters, int Unknown, double Bits)
{
    /// <summary>Those of the bits that spell out unknown tokens (see <see cref="Measurement.TokenBits"/>).</summary>
    public double SpellingBits { get; init; }

    /// <summary>Bits per character, high for an odd line; 0 for a line without characters.</summary>
    public double BitsPerCharacter => Characters > 0 ? Bits / Characters : 0;
}
