using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y(i, Indices[i]) = 1, and 0 elsewhere.</summary>
internal readonly unsafe struct OneHot : IKernel
{
    public required Operand<int> Indices { get; init; } // (rows), 0 ≤ index < Classes

    public required Operand<float> Y { get; init; } // (rows, Classes)

    public required int Classes { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var rows = Indices.Length;
        var y = Y.Pointer((long)rows * Classes);
        var indices = RowIndices.Pointer(Indices, rows, Classes);
        Y.AsSpan().Clear();
        for (var row = 0; row < rows; row++)
        {
            y[((nint)row * Classes) + indices[row]] = 1f;
        }
    }
}
