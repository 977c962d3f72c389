using System.Runtime.InteropServices;
using Recurrent.Emulation.Instructions;
using Recurrent.Emulation.Machine;
using Recurrent.Emulation.Text;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Emulation;

/// <summary>What is kept from running as long as anything else can.</summary>
internal enum Starved
{
    Nothing,
    Warp,
    Block,
}

/// <summary>What an emulated card is like.</summary>
internal sealed record EmulatedCardOptions
{
    /// <summary>The number of multiprocessors.</summary>
    public int Multiprocessors { get; init; } = 4;

    /// <summary>The most bytes of shared memory that a block may have.</summary>
    public int SharedBytes { get; init; } = 232_448;

    /// <summary>The bytes of memory.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>The compute capability.</summary>
    public (int Major, int Minor) Capability { get; init; } = (9, 0);

    /// <summary>Chooses the order in which warps run; 0: each as far as it can.</summary>
    public ulong Seed { get; init; }

    /// <summary>What is held back; it needs a seed, which chooses the victims.</summary>
    public Starved Starve { get; init; }

    /// <summary>The rounds in which nothing but waiting happens, after which a launch is given up.</summary>
    public long PollBound { get; init; } = 10_000;

    /// <summary>The instructions without any write or barrier, after which a launch is given up.</summary>
    public long SpinBound { get; init; } = 200_000_000;

    /// <summary>The number of the call, counted from 1, that the card answers by falling off; 0: none.</summary>
    public int FailingAllocation { get; init; }

    /// <inheritdoc cref="FailingAllocation"/>
    public int FailingLaunch { get; init; }

    /// <inheritdoc cref="FailingAllocation"/>
    public int FailingDownload { get; init; }
}

/// <summary>A program is not what NVIDIA's assembler takes, or did what no program may do.</summary>
/// <param name="message">Where and what.</param>
internal sealed class EmulationException(string message) : Exception(message);

/// <summary>
/// A card that runs programs on the processor, each instruction for a warp at a time, and reports what no program may
/// do: text that is not PTX, addresses out of range or misaligned, reads of what nobody wrote, races, barriers that not
/// all reach, and waits without end.
/// </summary>
internal sealed unsafe class EmulatedCard(EmulatedCardOptions? options = null) : GpuCard
{
    private readonly EmulatedCardOptions _options = options ?? new();
    private readonly CardMemory _memory = new((options ?? new()).MemoryBytes);
    private readonly Lock _gate = new();
    private uint _clock = 2;
    private int _allocations;
    private int _launches;
    private int _downloads;
    private bool _hasFallenOff;
    private bool _isDisposed;

    /// <inheritdoc/>
    public override string Name => "Emulated card";

    /// <inheritdoc/>
    public override (int Major, int Minor) Capability => _options.Capability;

    /// <inheritdoc/>
    public override int Multiprocessors => _options.Multiprocessors;

    /// <inheritdoc/>
    public override int SharedBytes => _options.SharedBytes;

    /// <inheritdoc/>
    public override long FreeBytes => _memory.FreeBytes;

    /// <summary>The launches so far.</summary>
    public int Launches => _launches;

    /// <summary>The operations of lanes so far.</summary>
    public long LaneOperations { get; private set; }

    /// <inheritdoc/>
    public override nint Allocate(long bytes)
    {
        lock (_gate)
        {
            Answer(ref _allocations, _options.FailingAllocation);
            return (nint)_memory.Allocate(bytes);
        }
    }

    /// <inheritdoc/>
    public override void Free(nint address)
    {
        lock (_gate)
        {
            if (!_hasFallenOff && !_isDisposed)
            {
                _memory.Free((ulong)address);
            }
        }
    }

    /// <inheritdoc/>
    public override void Clear(nint address, long bytes)
    {
        lock (_gate)
        {
            Answer();
            var (words, offset) = _memory.Range((ulong)address, bytes);
            NativeMemory.Clear(words.Data + offset, (nuint)bytes);
            words.HostWrote(offset, bytes);
        }
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> source, nint destination)
    {
        lock (_gate)
        {
            Answer();
            var (words, offset) = _memory.Range((ulong)destination, source.Length);
            source.CopyTo(new(words.Data + offset, source.Length));
            words.HostWrote(offset, source.Length);
        }
    }

    /// <inheritdoc/>
    public override void Download(nint source, Span<byte> destination)
    {
        lock (_gate)
        {
            Answer(ref _downloads, _options.FailingDownload);
            var (words, offset) = _memory.Range((ulong)source, destination.Length);
            for (var word = offset / 4; word < (offset + destination.Length + 3) / 4; word++)
            {
                if (words.Writers[word] == 0)
                {
                    throw new EmulationException(
                        $"Download of an unwritten word, {word * 4:N0} bytes from the start of {words.Bytes:N0}."
                    );
                }
            }
            new ReadOnlySpan<byte>(words.Data + offset, destination.Length).CopyTo(destination);
        }
    }

    /// <inheritdoc/>
    public override GpuFunction Load(PtxProgram program)
    {
        lock (_gate)
        {
            Answer();
        }
        var source = new PtxSource(program.Name, program.Text, PtxProgram.Entry);
        if (source.Target > (Capability.Major * 10) + Capability.Minor)
        {
            throw new EmulationException($"{program.Name} is for sm_{source.Target}, not for {Capability}.");
        }
        var shared = source.StaticSharedBytes + (source.HasDynamicShared ? program.SharedBytes : 0);
        if (shared < program.SharedBytes || shared > SharedBytes || source.StaticSharedBytes > 48 * 1024)
        {
            throw new EmulationException(
                $"{program.Name} declares {shared:N0} bytes of shared memory, says {program.SharedBytes:N0}; the card has "
                    + $"{SharedBytes:N0}, of which {48 * 1024:N0} can be declared by size."
            );
        }
        if (
            program.Threads is < 1 or > 1024
            || (source.Threads.Required > 0 && source.Threads.Required != program.Threads)
            || (source.Threads.Most > 0 && source.Threads.Most < program.Threads)
        )
        {
            throw new EmulationException($"{program.Name} cannot have blocks of {program.Threads} threads.");
        }
        return new EmulatedFunction(program, new(source), shared);
    }

    /// <inheritdoc/>
    public override void Launch(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors
    )
    {
        lock (_gate)
        {
            Answer(ref _launches, _options.FailingLaunch);
            var (program, code, shared) = (
                function.Program,
                ((EmulatedFunction)function).Code,
                ((EmulatedFunction)function).SharedBytes
            );
            if (blocks.X < 1 || blocks.Y is < 1 or > 65535)
            {
                throw new EmulationException($"{program.Name} is launched on {blocks.X}×{blocks.Y} blocks.");
            }
            if (program.IsCooperative && (long)blocks.X * blocks.Y > (long)ResidentBlocks(function) * Multiprocessors)
            {
                throw new EmulationException(
                    $"{program.Name} is launched on {blocks.X}×{blocks.Y} blocks that wait for each other; "
                        + $"{ResidentBlocks(function) * Multiprocessors} can run at the same time."
                );
            }
            var parameters = stackalloc byte[code.Source.ParameterBytes + 8];
            PutParameters(code.Source, arguments, factors, parameters);
            var launch = new Launch(
                code,
                _memory,
                _options,
                (blocks.X, blocks.Y),
                program.Threads,
                shared,
                program.IsCooperative,
                parameters,
                _clock
            );
            launch.Run();
            _clock = launch.LastClock + 1;
            LaneOperations += launch.LaneOperations;
        }
    }

    /// <inheritdoc/>
    public override int ResidentBlocks(GpuFunction function)
    {
        var threads = 2048 / ((function.Program.Threads + 31) / 32 * 32);
        var shared = ((EmulatedFunction)function).SharedBytes;
        return Math.Min(threads, (SharedBytes + 1024) / (shared + 1024));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _isDisposed = true;
            _memory.Dispose();
        }
    }

    private void Answer()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_hasFallenOff)
        {
            throw new GpuException("The emulated card does not answer any more.");
        }
    }

    private void Answer(ref int calls, int failing)
    {
        _hasFallenOff |= ++calls == failing;
        Answer();
    }

    private static void PutParameters(
        PtxSource source,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors,
        byte* parameters
    )
    {
        // A maths without fields has a size of 1 but no parameter.
        var plain = source.Parameters.Count(parameter => !parameter.IsArray);
        if (plain != arguments.Length || source.Parameters.Count - plain != (factors.Length > 1 ? 1 : 0))
        {
            throw new EmulationException(
                $"{source.Name} has {source.Parameters.Count} parameters and got {arguments.Length} values and "
                    + $"{factors.Length} bytes."
            );
        }
        for (var i = 0; i < source.Parameters.Count; i++)
        {
            var parameter = source.Parameters[i];
            if (!parameter.IsArray)
            {
                var value = arguments[i];
                Buffer.MemoryCopy(&value, parameters + parameter.Offset, parameter.Bytes, parameter.Bytes);
            }
            else if (i == plain && factors.Length == parameter.Bytes)
            {
                factors.CopyTo(new(parameters + parameter.Offset, parameter.Bytes));
            }
            else
            {
                throw new EmulationException(
                    $"{source.Name}: {factors.Length} bytes of factors for a parameter of {parameter.Bytes}, the last of all."
                );
            }
        }
    }

    /// <summary>A program that is ready.</summary>
    private sealed class EmulatedFunction(PtxProgram program, PtxCode code, int sharedBytes) : GpuFunction(program)
    {
        public PtxCode Code => code;

        public int SharedBytes => sharedBytes;
    }
}
