using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Elements;

/// <summary>
/// destination[i] = x[i]·scale, or 0 where word i mod 4 of the Philox block (stream, i / 4) is below the threshold; the
/// destination may be x.
/// </summary>
internal readonly unsafe struct DropoutJob(
    float* x,
    float* destination,
    int length,
    int chunkLength,
    ulong seed,
    ulong stream,
    uint threshold,
    float scale
) : IJob
{
    /// <summary>Elements that four blocks decide on; a chunk holds a multiple of them.</summary>
    public const int Group = 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var i = index * chunkLength;
        var end = Math.Min(i + chunkLength, length);
        for (; i <= end - Group; i += Group)
        {
            RunGroup(i, x + i, destination + i);
        }
        if (i < end)
        {
            var tail = stackalloc float[Group];
            new Span<float>(x + i, end - i).CopyTo(new Span<float>(tail, Group));
            RunGroup(i, tail, tail);
            new Span<float>(tail, end - i).CopyTo(new Span<float>(destination + i, end - i));
        }
    }

    /// <summary>The elements from i on, which stand in a place of their own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RunGroup(int i, float* source, float* target)
    {
        var (words01, words23) = FourPhiloxBlocks.Of(stream, (uint)i / 4, seed);
        for (var block = 0; block < 4; block++)
        {
            var words = Vector128.Create(words01.GetElement(block), words23.GetElement(block)).AsUInt32();
            var kept = Vector128.GreaterThanOrEqual(words, Vector128.Create(threshold)).AsSingle();
            ((Vector128.Load(source + (4 * block)) * scale) & kept).Store(target + (4 * block));
        }
    }
}
