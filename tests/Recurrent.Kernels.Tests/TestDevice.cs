using System.Runtime.InteropServices;
using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests;

/// <summary>What runs kernels, with the memory that it runs them on: a tier, or an emulated card.</summary>
internal abstract class TestDevice
{
    /// <summary>The name of the emulated card among those of the tiers.</summary>
    public const string Card = "card";

    /// <summary>The names of all tiers and of the card.</summary>
    public static TheoryData<string> Names => [.. VectorTier.All.Select(tier => tier.Name), Card];

    /// <summary>The tier of a name with each number of threads, or the card.</summary>
    public static IEnumerable<TestDevice> Named(string name, params int[] threads) =>
        name == Card ? [new CardDevice()] : threads.Select(count => new HostDevice(VectorTier.Named(name), count));

    /// <summary>Runs a kernel.</summary>
    public abstract void Run<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel;

    /// <summary>Room for a number of values, zeros at first.</summary>
    public abstract Operand<T> Room<T>(int length)
        where T : unmanaged;

    /// <summary>A copy of values.</summary>
    public abstract Operand<T> Of<T>(params T[] values)
        where T : unmanaged;

    /// <summary>The values of an operand.</summary>
    public abstract T[] Read<T>(Operand<T> operand)
        where T : unmanaged;

    /// <summary>Room for a number of values, none of which may be read before it is written.</summary>
    public Operand<float> Unwritten(int length) => Of(Enumerable.Repeat(float.NaN, length).ToArray());

    /// <summary>What a kernel makes of an operand that it overwrites.</summary>
    public float[] Into<TKernel>(Operand<float> operand, Func<Operand<float>, TKernel> kernel)
        where TKernel : struct, IKernel
    {
        Run(kernel(operand));
        return Read(operand);
    }
}

/// <summary>A tier on a number of threads.</summary>
internal sealed class HostDevice(VectorTier tier, int threads) : TestDevice
{
    private readonly WorkerTeam _team = new(threads);

    public override void Run<TKernel>(in TKernel kernel) => tier.Run(kernel, _team);

    public override Operand<T> Room<T>(int length) => Host.Room<T>(length);

    public override Operand<T> Of<T>(params T[] values) => Host.Of(values);

    public override T[] Read<T>(Operand<T> operand) => operand.ToArray();
}

/// <summary>An emulated card.</summary>
internal sealed class CardDevice : TestDevice
{
    /// <summary>Makes a card.</summary>
    /// <param name="options">What it is like.</param>
    /// <param name="edit">What it runs instead of a program.</param>
    public CardDevice(EmulatedCardOptions? options = null, Func<PtxProgram, PtxProgram>? edit = null) =>
        Queue = new(new EditedCard(new(options), edit ?? (program => program)));

    /// <summary>The card with the programs that were written.</summary>
    public GpuQueue Queue { get; }

    /// <summary>The types of the kernels that were launched.</summary>
    public HashSet<Type> Kernels { get; } = [];

    public override void Run<TKernel>(in TKernel kernel)
    {
        kernel.Launch(Queue);
        var type = typeof(TKernel);
        Kernels.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
    }

    public override Operand<T> Room<T>(int length) => new(new GpuMemory<T>(Queue.Card, length));

    public override Operand<T> Of<T>(params T[] values)
    {
        var operand = Room<T>(values.Length);
        Queue.Card.Upload(MemoryMarshal.AsBytes(values.AsSpan()), operand.Address);
        return operand;
    }

    public override T[] Read<T>(Operand<T> operand)
    {
        var values = new T[operand.Length];
        Queue.Card.Download(operand.Address, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}

/// <summary>An emulated card that runs other programs than it is given.</summary>
internal sealed class EditedCard(EmulatedCard card, Func<PtxProgram, PtxProgram> edit) : GpuCard
{
    public override string Name => card.Name;

    public override (int Major, int Minor) Capability => card.Capability;

    public override int Multiprocessors => card.Multiprocessors;

    public override int SharedBytes => card.SharedBytes;

    public override long FreeBytes => card.FreeBytes;

    public override nint Allocate(long bytes) => card.Allocate(bytes);

    public override void Free(nint address) => card.Free(address);

    public override void Clear(nint address, long bytes) => card.Clear(address, bytes);

    public override void Upload(ReadOnlySpan<byte> source, nint destination) => card.Upload(source, destination);

    public override void Download(nint source, Span<byte> destination) => card.Download(source, destination);

    public override GpuFunction Load(PtxProgram program) => card.Load(edit(program));

    public override void Launch(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors
    ) => card.Launch(function, blocks, arguments, factors);

    public override int ResidentBlocks(GpuFunction function) => card.ResidentBlocks(function);

    protected override void Dispose(bool disposing) => card.Dispose();
}
