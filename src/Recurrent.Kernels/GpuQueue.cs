using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels;

/// <summary>A card with the programs that kernels have written for it, each once for a shape.</summary>
/// <param name="card">The card.</param>
internal sealed class GpuQueue(GpuCard card)
{
    private readonly ConcurrentDictionary<ProgramKey, GpuFunction> _functions = new();
    private readonly ConcurrentDictionary<(int Length, int Turn), GpuMemory<float>> _scratch = new();
    private readonly ConcurrentDictionary<(int Length, int Turn), GpuMemory<int>> _counters = new();
    private int _scratches; // turns in the recording
    private int _counts;
    private GpuRecording? _spare;

    /// <summary>The card.</summary>
    public GpuCard Card => card;

    /// <summary>The programs that were written so far.</summary>
    public IEnumerable<PtxProgram> Programs => _functions.Values.Select(function => function.Program);

    /// <summary>Memory for what the blocks of one launch tell each other; the next launch uses it again.</summary>
    /// <param name="length">The least number of values.</param>
    public Operand<float> Scratch(int length) => Kept(_scratch, ref _scratches, length);

    /// <summary>Counters for the blocks of one launch, which finds them at zero and leaves them at zero.</summary>
    /// <param name="length">The least number of counters.</param>
    public Operand<int> Counters(int length) => Kept(_counters, ref _counts, length);

    /// <summary>The program of a key, which is written when it is first asked for.</summary>
    /// <param name="key">The kernel and what its program is written for.</param>
    /// <param name="write">Writes it.</param>
    public GpuFunction Function(ProgramKey key, Func<ProgramKey, PtxProgram> write) =>
        Function(key, write, static (key, write) => write(key));

    /// <summary>The program of a key, which is written, from something given, when it is first asked for.</summary>
    public GpuFunction Function<T>(ProgramKey key, T given, Func<ProgramKey, T, PtxProgram> write)
    {
        if (!_functions.TryGetValue(key, out var function))
        {
            function = _functions.GetOrAdd(key, card.Load(write(key, given)));
        }
        return function;
    }

    /// <summary>Puts a launch into the card's queue; one of no blocks does nothing.</summary>
    /// <param name="function">The program.</param>
    /// <param name="blocks">The grid.</param>
    /// <param name="arguments">A value for each parameter.</param>
    public void Launch(GpuFunction function, GpuBlocks blocks, params ReadOnlySpan<GpuArgument> arguments) =>
        Launch(function, blocks, arguments, default(ReadOnlySpan<byte>));

    /// <summary>Puts a launch of a program with factors into the card's queue.</summary>
    /// <param name="function">The program.</param>
    /// <param name="blocks">The grid.</param>
    /// <param name="factors">The maths, whose fields, if there are any, are factors.</param>
    /// <param name="arguments">A value for each other parameter.</param>
    // Not named Launch, which would take a first argument that is a number for factors.
    public void LaunchMaths<TMaths>(
        GpuFunction function,
        GpuBlocks blocks,
        in TMaths factors,
        params ReadOnlySpan<GpuArgument> arguments
    )
        where TMaths : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<TMaths>(in factors));
        Launch(function, blocks, arguments, bytes.Length % sizeof(float) == 0 ? bytes : default);
    }

    /// <summary>
    /// Puts off what the calling thread launches, until something is read or written or the recording is disposed.
    /// </summary>
    public IDisposable Record()
    {
        (_scratches, _counts) = (0, 0);
        var recording = Interlocked.Exchange(ref _spare, null);
        return (recording ?? new GpuRecording(card, ended => Volatile.Write(ref _spare, ended))).Begin();
    }

    /// <summary>Copies from the host, after the launches before it; the source may change when this returns.</summary>
    public void Upload(ReadOnlySpan<byte> source, nint destination)
    {
        GpuRecording.Of(card)?.Flush();
        card.Upload(source, destination);
    }

    /// <summary>Lets a copy to the host follow the launches before.</summary>
    public void Start(GpuReadback readback, nint source)
    {
        GpuRecording.Of(card)?.Flush();
        readback.Start(source);
    }

    /// <summary>Copies to the host when the launches before have run.</summary>
    public void Download(nint source, Span<byte> destination)
    {
        GpuRecording.Of(card)?.Flush();
        card.Download(source, destination);
    }

    /// <summary>
    /// Memory that is kept, since launches that are put off or made a graph may still name it; in turns while launches
    /// are put off, so that none waits for another because of it.
    /// </summary>
    private Operand<T> Kept<T>(
        ConcurrentDictionary<(int Length, int Turn), GpuMemory<T>> memories,
        ref int turns,
        int length
    )
        where T : unmanaged
    {
        const int most = 16;
        var turn = GpuRecording.Of(card) is null ? 0 : turns++ % most;
        var rounded = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, 1));
        return new(memories.GetOrAdd((rounded, turn), static (key, card) => new(card, key.Length), card));
    }

    private void Launch(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<GpuArgument> arguments,
        ReadOnlySpan<byte> factors
    )
    {
        if (blocks.X <= 0 || blocks.Y <= 0)
        {
            return;
        }
        Span<ulong> values = stackalloc ulong[arguments.Length];
        Span<long> lengths = stackalloc long[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            (values[i], lengths[i]) = (arguments[i].Bits, arguments[i].Length);
        }
        var launch = new GpuLaunch(function, blocks, values, lengths, factors);
        if (GpuRecording.Of(card) is { } recording)
        {
            recording.Add(launch);
        }
        else
        {
            card.Launch(launch);
        }
    }
}

/// <summary>A kernel and the numbers that its program is written for.</summary>
internal readonly record struct ProgramKey(
    Type Kernel,
    int A = 0,
    int B = 0,
    int C = 0,
    int D = 0,
    int E = 0,
    object? Shape = null // a record that holds more of them
)
{
    /// <summary>The kernel and what it is generic over, for people.</summary>
    public string Name =>
        string.Join(' ', Kernel.GenericTypeArguments.Prepend(Kernel).Select(type => (type.DeclaringType ?? type).Name));
}

/// <summary>An argument of a launch: a number, or an operand's address with its bytes.</summary>
internal readonly record struct GpuArgument(ulong Bits, long Length = 0)
{
    public static implicit operator GpuArgument(int value) => new((uint)value);

    public static implicit operator GpuArgument(uint value) => new(value);

    public static implicit operator GpuArgument(ulong value) => new(value);

    public static implicit operator GpuArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));

    public static implicit operator GpuArgument(double value) => new(BitConverter.DoubleToUInt64Bits(value));

    public static implicit operator GpuArgument(Operand<float> operand) => Of(operand);

    public static implicit operator GpuArgument(Operand<int> operand) => Of(operand);

    public static implicit operator GpuArgument(Operand<double> operand) => Of(operand);

    /// <summary>The address of an operand.</summary>
    public static unsafe GpuArgument Of<T>(Operand<T> operand)
        where T : unmanaged => new((ulong)operand.Address, (long)operand.Length * sizeof(T));
}
