using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Recurrent.Kernels.Gpu;

/// <summary>A card with the programs that kernels have written for it, each once for a shape.</summary>
/// <param name="card">The card.</param>
internal sealed class GpuQueue(GpuCard card)
{
    private readonly ConcurrentDictionary<ProgramKey, GpuFunction> _functions = new();
    private GpuMemory<float>? _scratch;
    private GpuMemory<int>? _counters;

    /// <summary>The card.</summary>
    public GpuCard Card => card;

    /// <summary>The programs that were written so far.</summary>
    public IEnumerable<PtxProgram> Programs => _functions.Values.Select(function => function.Program);

    /// <summary>Memory for what the blocks of one launch tell each other; the next launch uses it again.</summary>
    /// <param name="length">Number of values.</param>
    public Operand<float> Scratch(int length)
    {
        if (_scratch is null || _scratch.Length < length)
        {
            _scratch = new GpuMemory<float>(card, length);
        }
        return new(_scratch);
    }

    /// <summary>Counters for the blocks of one launch, which finds them at zero and leaves them at zero.</summary>
    /// <param name="length">Number of values.</param>
    public Operand<int> Counters(int length)
    {
        if (_counters is null || _counters.Length < length)
        {
            _counters = new GpuMemory<int>(card, length);
        }
        return new(_counters);
    }

    /// <summary>The program of a key, which is written when it is first asked for.</summary>
    /// <param name="key">The kernel and what its program is written for.</param>
    /// <param name="write">Writes it.</param>
    public GpuFunction Function(ProgramKey key, Func<ProgramKey, PtxProgram> write)
    {
        if (!_functions.TryGetValue(key, out var function))
        {
            function = _functions.GetOrAdd(key, card.Load(write(key)));
        }
        return function;
    }

    /// <summary>Puts a launch into the card's queue; one of no blocks does nothing.</summary>
    /// <param name="function">The program.</param>
    /// <param name="blocks">The grid.</param>
    /// <param name="arguments">A value for each parameter.</param>
    public void Launch(GpuFunction function, GpuBlocks blocks, params ReadOnlySpan<GpuArgument> arguments)
    {
        if (blocks.X > 0 && blocks.Y > 0)
        {
            card.Launch(function, blocks, MemoryMarshal.Cast<GpuArgument, ulong>(arguments), default);
        }
    }

    /// <summary>Puts a launch of a program with factors into the card's queue.</summary>
    /// <param name="function">The program.</param>
    /// <param name="blocks">The grid.</param>
    /// <param name="factors">The maths, whose fields are factors.</param>
    /// <param name="arguments">A value for each other parameter.</param>
    public void Launch<TMaths>(
        GpuFunction function,
        GpuBlocks blocks,
        in TMaths factors,
        params ReadOnlySpan<GpuArgument> arguments
    )
        where TMaths : unmanaged
    {
        if (blocks.X > 0 && blocks.Y > 0)
        {
            var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<TMaths>(in factors));
            card.Launch(function, blocks, MemoryMarshal.Cast<GpuArgument, ulong>(arguments), bytes);
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
);

/// <summary>An argument of a launch: an operand's address or a number.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct GpuArgument
{
    private readonly ulong _bits;

    private GpuArgument(ulong bits) => _bits = bits;

    public static implicit operator GpuArgument(int value) => new((uint)value);

    public static implicit operator GpuArgument(uint value) => new(value);

    public static implicit operator GpuArgument(ulong value) => new(value);

    public static implicit operator GpuArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));

    public static implicit operator GpuArgument(double value) => new(BitConverter.DoubleToUInt64Bits(value));

    public static implicit operator GpuArgument(nint address) => new((ulong)address);

    public static unsafe implicit operator GpuArgument(Operand<float> operand) => (nint)operand.Start;

    public static unsafe implicit operator GpuArgument(Operand<int> operand) => (nint)operand.Start;

    public static unsafe implicit operator GpuArgument(Operand<double> operand) => (nint)operand.Start;
}
