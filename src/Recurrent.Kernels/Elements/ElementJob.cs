using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>How element-wise work is cut for threads.</summary>
internal static class ElementChunks
{
    /// <summary>Elements in a chunk: a multiple of every width, and enough to be worth handing over.</summary>
    public const int Length = 4096;

    public static int Count(int length) => (length + Length - 1) / Length;
}

/// <summary>destination[i] = operation(x[i]); the destination may be x.</summary>
internal readonly unsafe struct UnaryJob<V, TOperation>(
    TOperation operation,
    float* x,
    float* destination,
    int length
) : IJob
    where V : unmanaged, IVector<V>
    where TOperation : struct, IUnaryOperation
{
    /// <summary>Runs every chunk on this thread.</summary>
    public void RunAll()
    {
        for (var chunk = 0; chunk < ElementChunks.Count(length); chunk++)
        {
            Run(chunk);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var i = index * ElementChunks.Length;
        var end = Math.Min(i + ElementChunks.Length, length);
        if (end - i < V.Width)
        {
            RunShort(i, end - i);
            return;
        }
        // The last vector may overlap the one before it; it is computed first, for x may be the destination.
        var last = end - V.Width;
        var lastValue = operation.Apply(V.Load(x + last));
        for (; i < last; i += V.Width)
        {
            V.Store(operation.Apply(V.Load(x + i)), destination + i);
        }
        V.Store(lastValue, destination + last);
    }

    private void RunShort(int start, int count)
    {
        var part = stackalloc float[V.Width];
        new Span<float>(x + start, count).CopyTo(new Span<float>(part, V.Width));
        V.Store(operation.Apply(V.Load(part)), part);
        new Span<float>(part, count).CopyTo(new Span<float>(destination + start, count));
    }
}

/// <summary>
/// destination(rows, columns) = operation(x, y), where y is (rows, columns) or, with a step of 0, one row for all;
/// the destination may be x or y. A chunk holds whole rows.
/// </summary>
internal readonly unsafe struct BinaryJob<V, TOperation>(
    TOperation operation,
    float* x,
    float* y,
    int yStep,
    float* destination,
    int rows,
    int columns,
    int rowsInChunk
) : IJob
    where V : unmanaged, IVector<V>
    where TOperation : struct, IBinaryOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var last = Math.Min((index + 1) * rowsInChunk, rows);
        for (var row = index * rowsInChunk; row < last; row++)
        {
            var start = (nint)row * columns;
            RunRow(x + start, y + ((nint)row * yStep), destination + start);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RunRow(float* xs, float* ys, float* results)
    {
        var i = 0;
        for (; i <= columns - V.Width; i += V.Width)
        {
            V.Store(operation.Apply(V.Load(xs + i), V.Load(ys + i)), results + i);
        }
        if (i < columns)
        {
            var tail = stackalloc float[2 * V.Width];
            new Span<float>(xs + i, columns - i).CopyTo(new Span<float>(tail, V.Width));
            new Span<float>(ys + i, columns - i).CopyTo(new Span<float>(tail + V.Width, V.Width));
            V.Store(operation.Apply(V.Load(tail), V.Load(tail + V.Width)), tail);
            new Span<float>(tail, columns - i).CopyTo(new Span<float>(results + i, columns - i));
        }
    }
}
