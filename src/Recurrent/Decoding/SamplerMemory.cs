namespace Recurrent.Decoding;

/// <summary>The memory that a choice needs while it is made; samplers that take turns may share it.</summary>
/// <param name="vocabularySize">Number of vocabulary entries.</param>
internal sealed class SamplerMemory(int vocabularySize)
{
    private int[]? _ranked;
    private Comparison<int>? _byWeight;

    /// <summary>Logits, then their powers, of which the largest is 1 (vocabulary).</summary>
    public double[] Weights { get; } = new double[vocabularySize];

    /// <summary>Tokens that the penalty has met (vocabulary); none between two choices.</summary>
    public bool[] Penalized { get; } = new bool[vocabularySize];

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
