using System.Numerics;

namespace Recurrent.Kernels;

/// <summary>
/// Rows over which sums run: those of each of some shards by themselves, in order, whose sums are then added by a
/// binary tree, in which [a, c) is [a, b) + [b, c), where b − a is the largest power of two below c − a.
/// </summary>
/// <param name="Groups">Groups of rows, such as time steps.</param>
/// <param name="Step">Rows of a group, those of all shards.</param>
/// <param name="Size">Rows of a shard in a group.</param>
/// <param name="First">The first of the shards.</param>
/// <param name="Count">Shards whose sums are added.</param>
internal readonly record struct ShardedRows(int Groups, int Step, int Size, int First, int Count)
{
    /// <summary>All rows, those of other shards, too.</summary>
    public int Rows => Groups * Step;

    /// <summary>Levels of the tree at which a sum of 1, 2, 4, … shards may wait for that of as many more.</summary>
    public int Levels => Count == 1 ? 0 : BitOperations.Log2((uint)Count - 1) + 1;

    /// <summary>The first row of a shard.</summary>
    /// <param name="index">Its place among these.</param>
    public int Start(int index) => (First + index) * Size;

    /// <summary>Where a row of a shard lies among all.</summary>
    /// <param name="index">The shard's place among these.</param>
    /// <param name="row">The row's among the shard's.</param>
    public int PlaceOf(int index, int row) => Start(index) + (row / Size * Step) + (row % Size);

    /// <summary>
    /// The levels, as bits, at which sums wait that a shard's is added to, the lowest first: the bits of its place are
    /// those at which there are some, and those below the first 0 are full; the last shard's takes all.
    /// </summary>
    public int Joined(int index) => index == Count - 1 ? index : index & ~(index + 1);

    /// <summary>The level at which a shard's sum then waits, unless it is the last.</summary>
    public static int LevelOf(int index) => BitOperations.TrailingZeroCount(~index);
}
