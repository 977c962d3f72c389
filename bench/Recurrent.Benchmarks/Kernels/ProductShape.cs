namespace Recurrent.Benchmarks.Kernels;

/// <summary>A product of (M, K) and (K, N), and where it occurs.</summary>
public sealed record ProductShape(string Place, int M, int N, int K, bool Transposed = false)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Place} {M}×{N}×{K}";
}
