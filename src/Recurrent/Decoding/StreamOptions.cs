using Recurrent.Ranges;

namespace Recurrent.Decoding;

/// <summary>The options of one stream of a <see cref="StreamBatch"/>.</summary>
/// <example>
/// <code>
/// var options = new StreamOptions { Length = 100, Sampling = new() { StopStrings = ["\n"] } };
/// </code>
/// </example>
public sealed record StreamOptions
{
    /// <summary>
    /// Number of tokens to add, 0 or more; a stop string ends the text sooner. With 0 the prompt is read.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public required int Length
    {
        get;
        init => field = Within.AtLeast(0).Require(nameof(Length), value, "ask for the tokens to add to the prompt");
    }

    /// <summary>
    /// The way in which tokens are chosen, and the texts that end the stream; sampled, as everywhere, by default.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public SamplingOptions Sampling
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Sampling));
    } = new();

    /// <summary>The number of the text among the seed's samples, 0 or more; 0 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Sample
    {
        get;
        init => field = Within.AtLeast(0).Require(nameof(Sample), value, "number the samples of a seed from 0");
    }

    /// <summary>
    /// Whether the tokens of the prompt behind the first give events and logits too, as those that are added do; false
    /// by default.
    /// </summary>
    public bool ScoresPrompt { get; init; }

    /// <summary>
    /// Whether the stream can go back to any token, for which its tokens, and its state after every 64th, are kept;
    /// false by default.
    /// </summary>
    public bool CanRewind { get; init; }

    /// <summary>
    /// Whether what is chosen is counted even where nothing depends on it, for one that goes on and penalizes it; that
    /// of a stream that can go back always is.
    /// </summary>
    internal bool CountsTokens { get; init; }
}
