using System.Runtime.CompilerServices;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>The maths of one element of one operand.</summary>
internal interface IUnaryMaths
{
    V Apply<V>(V x)
        where V : unmanaged, IVector<V>;
}

/// <summary>The maths of one element of two operands.</summary>
internal interface IBinaryMaths
{
    V Apply<V>(V x, V y)
        where V : unmanaged, IVector<V>;
}

/// <summary>How element-wise kernels are cut for threads.</summary>
internal static class Elementwise
{
    /// <summary>Elements in a chunk: a multiple of every width, and enough to be worth handing over.</summary>
    public const int ChunkLength = 4096;

    /// <summary>Chunks in a length.</summary>
    public static int Chunks(int length) => (length + ChunkLength - 1) / ChunkLength;

    /// <summary>Threads of a card's block, each with an element.</summary>
    public const int Threads = 256;

    /// <summary>A card's blocks for a number of elements.</summary>
    public static int Blocks(int length) => (int)(((long)length + Threads - 1) / Threads);

    /// <summary>
    /// A program for a card in which each thread has an element. Its first parameter is the number of elements.
    /// </summary>
    /// <param name="gpu">The card with its programs.</param>
    /// <param name="key">The kernel.</param>
    /// <param name="write">Declares the other parameters, and writes the body for the element of a number.</param>
    public static GpuFunction Function(GpuQueue gpu, ProgramKey key, Action<PtxWriter, PtxInt> write) =>
        gpu.Function(
            key,
            write,
            static (key, write) =>
                PtxWriter.Write(
                    key.Name,
                    Threads,
                    w =>
                    {
                        var length = w.Int();
                        var i = (w.BlockX * Threads) + w.Thread;
                        w.ReturnIf(!PtxInt.IsBelowUnsigned(i, length)); // it may be beyond 2³¹
                        write(w, i);
                    }
                )
        );
}

/// <summary>Y = maths(X), element by element; Y may be X.</summary>
internal readonly record struct Unary<TMaths>(Operand<float> X, Operand<float> Y, TMaths Maths = default) : IKernel
    where TMaths : unmanaged, IUnaryMaths
{
    public unsafe void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var length = Y.Length;
        var loop = new UnaryLoop<V, TMaths>(Maths, X.Pointer(length), Y.Pointer(length), length);
        team.Run(Elementwise.Chunks(length), loop);
    }

    public void Launch(GpuQueue gpu)
    {
        X.Check(Y.Length);
        var function = Elementwise.Function(
            gpu,
            new(typeof(Unary<TMaths>)),
            static (w, i) =>
            {
                var (x, y) = (w.Pointer(), w.Pointer());
                (y + i).Store(w.Factors<TMaths>().Apply((x + i).Load()));
            }
        );
        gpu.LaunchMaths(function, Elementwise.Blocks(Y.Length), Maths, Y.Length, X, Y);
    }
}

/// <summary>Z = maths(X, Y), element by element.</summary>
/// <param name="X">(rows, columns).</param>
/// <param name="Y">As long as X, or one row (columns) that is repeated.</param>
/// <param name="Z">(rows, columns); may be X, or Y where that is as long.</param>
/// <param name="Maths">The maths.</param>
internal readonly record struct Binary<TMaths>(
    Operand<float> X,
    Operand<float> Y,
    Operand<float> Z,
    TMaths Maths = default
) : IKernel
    where TMaths : unmanaged, IBinaryMaths
{
    private bool IsRepeated => Y.Length > 0 && Y.Length < Z.Length && Z.Length % Y.Length == 0;

    public unsafe void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var length = Z.Length;
        var x = X.Pointer(length);
        if (length == 0)
        {
            return;
        }
        var isRepeated = IsRepeated;
        var y = Y.Pointer(isRepeated ? Y.Length : length);
        // Without a repeated row, the rows are only the chunks.
        var columns = isRepeated ? Y.Length : Math.Min(Elementwise.ChunkLength, length);
        var rows = length / columns;
        var rowsInChunk = Math.Max(1, Elementwise.ChunkLength / columns);
        var yStep = isRepeated ? 0 : columns;
        var loop = new BinaryLoop<V, TMaths>(Maths, x, y, yStep, Z.Pointer(length), rows, columns, rowsInChunk);
        team.Run((rows + rowsInChunk - 1) / rowsInChunk, loop);
        var done = rows * columns;
        if (done < length)
        {
            loop.RunRow(done, done, length - done);
        }
    }

    public void Launch(GpuQueue gpu)
    {
        X.Check(Z.Length);
        Y.Check(IsRepeated || Z.IsEmpty ? Y.Length : Z.Length);
        var function = Elementwise.Function(
            gpu,
            new(typeof(Binary<TMaths>)),
            static (w, i) =>
            {
                var (x, y, z, columns) = (w.Pointer(), w.Pointer(), w.Pointer(), w.Int());
                var maths = w.Factors<TMaths>();
                (z + i).Store(maths.Apply((x + i).Load(), (y + (i % columns)).Load()));
            }
        );
        gpu.LaunchMaths(function, Elementwise.Blocks(Z.Length), Maths, Z.Length, X, Y, Z, Y.Length);
    }
}

/// <summary>y[i] = maths(x[i]); y may be x.</summary>
internal readonly unsafe struct UnaryLoop<V, TMaths>(TMaths maths, float* x, float* y, int length) : IJob
    where V : unmanaged, IVector<V>
    where TMaths : unmanaged, IUnaryMaths
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var start = index * Elementwise.ChunkLength;
        Run(maths, x + start, y + start, Math.Min(Elementwise.ChunkLength, length - start));
    }

    /// <summary>Runs a few elements, such as a short row's, in a loop of the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(TMaths maths, float* x, float* y, int count)
    {
        if (count < V.Width)
        {
            RunShort(maths, x, y, count);
            return;
        }
        // The last vector may overlap the one before it; it is computed first, because y may be x.
        var last = count - V.Width;
        var lastValue = maths.Apply(V.Load(x + last));
        for (var i = 0; i < last; i += V.Width)
        {
            V.Store(maths.Apply(V.Load(x + i)), y + i);
        }
        V.Store(lastValue, y + last);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunShort(TMaths maths, float* x, float* y, int count)
    {
        var part = stackalloc float[V.Width];
        new Span<float>(x, count).CopyTo(new Span<float>(part, V.Width));
        V.Store(maths.Apply(V.Load(part)), part);
        new Span<float>(part, count).CopyTo(new Span<float>(y, count));
    }
}

/// <summary>
/// z(rows, columns) = maths(x, y), where y is (rows, columns) or, with a step of 0, one row for all; z may be x or y.
/// A chunk holds whole rows.
/// </summary>
internal readonly unsafe struct BinaryLoop<V, TMaths>(
    TMaths maths,
    float* x,
    float* y,
    int yStep,
    float* z,
    int rows,
    int columns,
    int rowsInChunk
) : IJob
    where V : unmanaged, IVector<V>
    where TMaths : unmanaged, IBinaryMaths
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var last = Math.Min((index + 1) * rowsInChunk, rows);
        for (var row = index * rowsInChunk; row < last; row++)
        {
            RunRow((nint)row * columns, (nint)row * yStep, columns);
        }
    }

    /// <summary>Runs a row, or a part of one.</summary>
    /// <param name="start">Where it starts in x and z.</param>
    /// <param name="yStart">Where it starts in y.</param>
    /// <param name="count">Number of elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RunRow(nint start, nint yStart, int count)
    {
        var xs = x + start;
        var ys = y + yStart;
        var zs = z + start;
        var i = 0;
        for (; i <= count - V.Width; i += V.Width)
        {
            V.Store(maths.Apply(V.Load(xs + i), V.Load(ys + i)), zs + i);
        }
        if (i < count)
        {
            var tail = stackalloc float[2 * V.Width];
            new Span<float>(xs + i, count - i).CopyTo(new Span<float>(tail, V.Width));
            new Span<float>(ys + i, count - i).CopyTo(new Span<float>(tail + V.Width, V.Width));
            V.Store(maths.Apply(V.Load(tail), V.Load(tail + V.Width)), tail);
            new Span<float>(tail, count - i).CopyTo(new Span<float>(zs + i, count - i));
        }
    }
}
