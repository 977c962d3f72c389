namespace Recurrent.Kernels;

/// <summary>
/// What the recurrence kernels work on: one layer's whole sequence in one direction, time-major and row-major. G is the number
/// of gates: 1, 3 (GRU: r, z, n) or 4 (LSTM: i, f, g, o).
/// </summary>
public readonly ref struct RecurrentSequence
{
    /// <summary>The cell.</summary>
    public required CellKind Cell { get; init; }

    /// <summary>Time steps T.</summary>
    public required int Steps { get; init; }

    /// <summary>Rows of the batch B.</summary>
    public required int Batch { get; init; }

    /// <summary>Hidden units H.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Whether the sequence is read from the last step to the first.</summary>
    public bool Reversed { get; init; }

    /// <summary>
    /// (T, B, G·H). Forward: the input's part of the pre-activations with all biases, overwritten by what the way back needs.
    /// Backward: that, overwritten by the gradient of the pre-activations. For a GRU: its recurrent part, written only.
    /// </summary>
    public required Span<float> Gates { get; init; }

    /// <summary>(T, B, 3·H), a GRU's only: the input's part of the pre-activations, then as <see cref="Gates"/>.</summary>
    public Span<float> InputGates { get; init; }

    /// <summary>
    /// Token indices (T, B) instead of vectors, forward only: the input's part of the pre-activations is then written by the
    /// kernel, row by row from <see cref="TokenTable"/>, and need not be there. Empty where the caller has written it.
    /// </summary>
    public ReadOnlySpan<int> Tokens { get; init; }

    /// <summary>(vocabulary, G·H), with <see cref="Tokens"/> only: the input's part of the pre-activations for each token.</summary>
    public ReadOnlySpan<float> TokenTable { get; init; }

    /// <summary>(3·H), a GRU's only: the recurrent bias, to which the recurrent product is added. Forward only.</summary>
    public ReadOnlySpan<float> RecurrentBias { get; init; }

    /// <summary>The recurrent weights, packed: Wᵀ (H, G·H) forward, W (G·H, H) backward.</summary>
    public required ReadOnlySpan<float> Weights { get; init; }

    /// <summary>h before the first step read (B, H).</summary>
    public required ReadOnlySpan<float> InitialH { get; init; }

    /// <summary>c before the first step read (B, H), an LSTM's only.</summary>
    public ReadOnlySpan<float> InitialC { get; init; }

    /// <summary>h after each step (T, B, H). Written forward, read backward.</summary>
    public required Span<float> H { get; init; }

    /// <summary>c after each step (T, B, H), an LSTM's only. Written forward, read backward.</summary>
    public Span<float> C { get; init; }

    /// <summary>Gradient of <see cref="H"/> (T, B, H). Backward only.</summary>
    public ReadOnlySpan<float> OutputGradient { get; init; }

    /// <summary>(B, H). Backward only: gradient of the final h, overwritten by that of the initial one.</summary>
    public Span<float> GradientH { get; init; }

    /// <summary>(B, H), an LSTM's only. Backward only: gradient of the final c, overwritten by that of the initial one.</summary>
    public Span<float> GradientC { get; init; }
}
