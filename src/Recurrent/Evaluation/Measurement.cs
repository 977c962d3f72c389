namespace Recurrent.Evaluation;

/// <summary>How many bits a text takes by a model's, or a baseline's, probabilities.</summary>
/// <param name="Name">What measured it, such as model or uniform.</param>
/// <param name="Bits">Bits of the whole text.</param>
/// <param name="Tokens">Tokens of the text.</param>
/// <param name="Characters">Unicode characters of the text.</param>
/// <param name="Bytes">Bytes of the text.</param>
public sealed record Measurement(string Name, double Bits, int Tokens, int Characters, int Bytes)
{
    /// <summary>
    /// Half the width of the 95% confidence interval of <see cref="BitsPerCharacter"/>, by blocks of the text: see
    /// <see cref="BlockInterval"/>. Null where the text is too short, or where nothing is known of its parts.
    /// </summary>
    public double? Margin { get; init; }

    /// <summary>Bits for each character; not a number where there is none.</summary>
    public double BitsPerCharacter => Bits / Characters;

    /// <summary>Bits for each byte; not a number where there is none.</summary>
    public double BitsPerByte => Bits / Bytes;

    /// <summary>Perplexity for each token: 2 to the power of the bits for each token; not a number where there is none.</summary>
    public double Perplexity => Surprisal.Perplexity(Bits / Tokens);

    /// <summary>The ends of the 95% confidence interval of <see cref="Perplexity"/>; null where there is no margin.</summary>
    public (double Low, double High)? PerplexityInterval
    {
        get
        {
            if (Margin is not { } margin)
            {
                return null;
            }
            var (middle, half) = (Bits / Tokens, margin * Characters / Tokens);
            return (Surprisal.Perplexity(middle - half), Surprisal.Perplexity(middle + half));
        }
    }
}
