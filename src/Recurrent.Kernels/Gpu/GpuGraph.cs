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

/// <summary>A launch: a program, its grid, a value for each parameter, and the bytes of its factors.</summary>
internal readonly ref struct GpuLaunch(
    GpuFunction function,
    GpuBlocks blocks,
    ReadOnlySpan<ulong> arguments,
    ReadOnlySpan<byte> factors
)
{
    public GpuFunction Function { get; } = function;

    public GpuBlocks Blocks { get; } = blocks;

    public ReadOnlySpan<ulong> Arguments { get; } = arguments;

    public ReadOnlySpan<byte> Factors { get; } = factors;
}

/// <summary>Launches in their order, each with its arguments, in memory that is used again and again.</summary>
internal sealed class GpuLaunches
{
    private readonly List<(GpuFunction Function, GpuBlocks Blocks, int Arguments, int Factors)> _launches = []; // ends
    private ulong[] _arguments = new ulong[64];
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
        Reserve(ref _factors, lastFactor);
        launch.Arguments.CopyTo(_arguments.AsSpan(arguments));
        launch.Factors.CopyTo(_factors.AsSpan(factors));
        _launches.Add((launch.Function, launch.Blocks, lastArgument, lastFactor));
    }

    /// <summary>Gives a launch other arguments; the program and the grid are the old ones.</summary>
    public void Replace(int index, GpuLaunch launch)
    {
        var (_, _, arguments, factors) = _launches[index];
        launch.Arguments.CopyTo(_arguments.AsSpan(arguments - launch.Arguments.Length));
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
