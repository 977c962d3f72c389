namespace Recurrent.Decoding;

/// <summary>The memory that a choice needs while it is made; samplers that take turns may share it.</summary>
/// <param name="vocabularySize">Number of vocabulary entries.</param>
/// <param name="choices">
/// The tokens that may be chosen without <see cref="SamplingOptions.AllowsUnknown"/>, as ranges from the first to the
/// one after the last; null for all.
/// </param>
internal sealed class SamplerMemory(int vocabularySize, IReadOnlyList<(int Start, int End)>? choices = null)
{
    private int[]? _ranked;
    private Comparison<int>? _byWeight;

    /// <summary>Logits, then their powers, of which the largest is 1 (vocabulary).</summary>
    public double[] Weights { get; } = new double[vocabularySize];

    /// <summary>Tokens that the penalty has met (vocabulary); none between two choices.</summary>
    public bool[] Penalized { get; } = new bool[vocabularySize];

    /// <summary>The tokens that may be chosen, as ranges; at least one.</summary>
    public (int Start, int End)[] Choices { get; } = choices is null or [] ? [(0, vocabularySize)] : [.. choices];

    /// <summary>Tokens, the most likely first (vocabulary).</summary>
    public int[] Ranked => _ranked ??= new int[Weights.Length];

    /// <summary>The order of the most likely first, and of equals as in the vocabulary.</summary>
    public Comparison<int> ByWeight =>
        _byWeight ??= (a, b) =>
        {
            var order = Weights[b].CompareTo(Weights[a]);
            return order != 0 ? order : a.CompareTo(b);
        };
}

/// <summary>The state of a sampler, as values that outlive it.</summary>
/// <param name="Chosen">How many tokens it has chosen, each by a draw of its own.</param>
/// <param name="Recent">
/// The last tokens, at most <see cref="SamplingOptions.RepetitionWindow"/>, the oldest first.
/// </param>
/// <param name="Counts">How often tokens were chosen; none where nobody counted.</param>
internal sealed record SamplerState(ulong Chosen, int[] Recent, (int Token, int Count)[] Counts);
