namespace Recurrent.Evaluation;

/// <summary>How surprising a line is.</summary>
/// <param name="Line">The line, as given.</param>
/// <param name="Characters">Unicode characters of the normalized line.</param>
/// <param name="Unknown">How many of its tokens the model's vocabulary lacks.</param>
/// <param name="Bits">Bits that its tokens take.</param>
public sealed record LineScore(string Line, int Characters, int Unknown, double Bits)
{
    /// <summary>Bits for each character, high for an odd line; 0 for a line of no character.</summary>
    public double BitsPerCharacter => Characters > 0 ? Bits / Characters : 0;
}
