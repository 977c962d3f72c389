namespace Recurrent.Decoding;

/// <summary>The state of a sampler, as values that outlive it.</summary>
/// <param name="Chosen">How many tokens it has chosen, each by a draw of its own.</param>
/// <param name="Recent">
/// The last tokens, at most <see cref="SamplingOptions.RepetitionWindow"/>, the oldest first.
/// </param>
/// <param name="Counts">How often tokens were chosen; none where no penalty counts them.</param>
internal sealed record SamplerState(ulong Chosen, int[] Recent, (int Token, int Count)[] Counts);
