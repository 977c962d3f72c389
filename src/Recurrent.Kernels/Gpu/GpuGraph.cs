using System.Collections;

namespace Recurrent.Kernels.Gpu;

/// <summary>Launches that follow each other, made ready to be put into a card's queue all at once.</summary>
internal abstract class GpuGraph : IDisposable
{
    /// <summary>Changes the arguments of a launch, from the next run on.</summary>
    /// <param name="index">The launch.</param>
    /// <param name="launch">It with its new arguments; the program and the grid are the old ones.</param>
    public abstract void Change(int index, GpuLaunch launch);

    /// <summary>Puts all launches into the queue.</summary>
    public abstract void Run();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up what the card holds for the graph.</summary>
    protected virtual void Dispose(bool disposing) { }
}

/// <summary>
/// A launch: a program, its grid, a value for each parameter, the bytes of memory from each that is an address, and the
/// bytes of its factors.
/// </summary>
internal readonly ref struct GpuLaunch(
    GpuFunction function,
    GpuBlocks blocks,
    ReadOnlySpan<ulong> arguments,
    ReadOnlySpan<long> lengths,
    ReadOnlySpan<byte> factors
)
{
    public GpuFunction Function { get; } = function;

    public GpuBlocks Blocks { get; } = blocks;

    public ReadOnlySpan<ulong> Arguments { get; } = arguments;

    public ReadOnlySpan<long> Lengths { get; } = lengths;

    public ReadOnlySpan<byte> Factors { get; } = factors;
}

/// <summary>Launches in their order, each with its arguments, in memory that is used again and again.</summary>
internal sealed class GpuLaunches
{
    private readonly List<(GpuFunction Function, GpuBlocks Blocks, int Arguments, int Factors)> _launches = []; // ends
    private ulong[] _arguments = new ulong[64];
    private long[] _lengths = new long[64]; // of the arguments
    private byte[] _factors = new byte[64];

    /// <summary>The number of launches.</summary>
    public int Count => _launches.Count;

    private (int Arguments, int Factors) End => _launches is [.., var last] ? (last.Arguments, last.Factors) : (0, 0);

    /// <summary>A launch.</summary>
    public GpuLaunch this[int index]
    {
        get
        {
            var (function, blocks, arguments, factors) = _launches[index];
            var (firstArgument, firstFactor) =
                index > 0 ? (_launches[index - 1].Arguments, _launches[index - 1].Factors) : (0, 0);
            return new(
                function,
                blocks,
                _arguments.AsSpan(firstArgument..arguments),
                _lengths.AsSpan(firstArgument..arguments),
                _factors.AsSpan(firstFactor..factors)
            );
        }
    }

    /// <summary>Adds a launch.</summary>
    public void Add(GpuLaunch launch)
    {
        var (arguments, factors) = End;
        var (lastArgument, lastFactor) = (arguments + launch.Arguments.Length, factors + launch.Factors.Length);
        Reserve(ref _arguments, lastArgument);
        Reserve(ref _lengths, lastArgument);
        Reserve(ref _factors, lastFactor);
        launch.Arguments.CopyTo(_arguments.AsSpan(arguments));
        launch.Lengths.CopyTo(_lengths.AsSpan(arguments));
        launch.Factors.CopyTo(_factors.AsSpan(factors));
        _launches.Add((launch.Function, launch.Blocks, lastArgument, lastFactor));
    }

    /// <summary>Gives a launch other arguments; the program and the grid are the old ones.</summary>
    public void Replace(int index, GpuLaunch launch)
    {
        var (_, _, arguments, factors) = _launches[index];
        launch.Arguments.CopyTo(_arguments.AsSpan(arguments - launch.Arguments.Length));
        launch.Lengths.CopyTo(_lengths.AsSpan(arguments - launch.Lengths.Length));
        launch.Factors.CopyTo(_factors.AsSpan(factors - launch.Factors.Length));
    }

    /// <summary>Whether other launches are the same but for their arguments.</summary>
    public bool AreAlike(GpuLaunches others)
    {
        var alike = Count == others.Count;
        for (var i = 0; alike && i < Count; i++)
        {
            alike = _launches[i] == others._launches[i];
        }
        return alike;
    }

    /// <summary>Whether a launch has the same arguments among others that are alike.</summary>
    public bool IsSame(int index, GpuLaunches others)
    {
        var ours = this[index];
        var theirs = others[index];
        return ours.Arguments.SequenceEqual(theirs.Arguments) && ours.Factors.SequenceEqual(theirs.Factors);
    }

    /// <summary>Whether a launch works on the same memory as one of others that are alike.</summary>
    public bool IsInPlace(int index, GpuLaunches others)
    {
        var ours = this[index];
        var theirs = others[index];
        var same = true;
        for (var i = 0; same && i < ours.Arguments.Length; i++)
        {
            same =
                ours.Lengths[i] == theirs.Lengths[i]
                && (ours.Lengths[i] == 0 || ours.Arguments[i] == theirs.Arguments[i]);
        }
        return same;
    }

    /// <summary>
    /// For each launch the earlier ones that must be done before it: they write what it reads or writes, or read what
    /// it writes. What those wait for is left out.
    /// </summary>
    public int[][] Order()
    {
        var order = new int[Count][];
        var done = new BitArray[Count]; // for each launch, all that are done when it is
        for (var i = 0; i < Count; i++)
        {
            var before = new List<int>();
            var covered = new BitArray(Count);
            for (var k = i - 1; k >= 0; k--)
            {
                if (!covered[k] && MustFollow(this[i], this[k]))
                {
                    before.Add(k);
                    covered.Or(done[k]);
                }
            }
            covered[i] = true;
            (order[i], done[i]) = ([.. before], covered);
        }
        return order;
    }

    // Of programs whose blocks wait for each other two must not hold places that the other's blocks need.
    private static bool MustFollow(GpuLaunch later, GpuLaunch earlier)
    {
        var (one, other) = (later.Function.Program, earlier.Function.Program);
        if (one.IsCooperative && other.IsCooperative)
        {
            return true;
        }
        for (var i = 0; i < later.Arguments.Length; i++)
        {
            for (var k = 0; later.Lengths[i] > 0 && k < earlier.Arguments.Length; k++)
            {
                var meet =
                    earlier.Lengths[k] > 0
                    && later.Arguments[i] < earlier.Arguments[k] + (ulong)earlier.Lengths[k]
                    && earlier.Arguments[k] < later.Arguments[i] + (ulong)later.Lengths[i];
                if (
                    meet
                    && ((one.Writes(i) && (other.Reads(k) || other.Writes(k))) || (one.Reads(i) && other.Writes(k)))
                )
                {
                    return true;
                }
            }
        }
        return false;
    }

    /// <summary>Forgets all launches.</summary>
    public void Clear() => _launches.Clear();

    /// <summary>Copies all launches from others.</summary>
    public void CopyFrom(GpuLaunches others)
    {
        Clear();
        for (var i = 0; i < others.Count; i++)
        {
            Add(others[i]);
        }
    }

    private static void Reserve<T>(ref T[] values, int length)
    {
        if (length > values.Length)
        {
            Array.Resize(ref values, Math.Max(length, 2 * values.Length));
        }
    }
}
