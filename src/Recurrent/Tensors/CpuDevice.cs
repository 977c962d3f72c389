using Recurrent.Kernels;
using Recurrent.Kernels.Threading;

namespace Recurrent.Tensors;

/// <summary>The processor and the host's memory.</summary>
/// <remarks>
/// Several threads may use one device at the same time; what finds its threads busy is computed by the caller alone.
/// </remarks>
internal sealed class CpuDevice : Device
{
    /// <summary>The largest number of threads that may be chosen.</summary>
    public const int MaxThreads = WorkerTeam.MaxThreads;

    private readonly WorkerTeam _team;

    /// <summary>Chooses the threads.</summary>
    /// <param name="threads">Threads that may work at once, 1 to 256; null for one for each processor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is out of range.</exception>
    public CpuDevice(int? threads = null)
        : this(threads, tier: null) { }

    /// <summary>Chooses the threads and the vector width; null for the widest that the processor has.</summary>
    internal CpuDevice(int? threads, VectorTier? tier)
    {
        Tier = tier ?? VectorTier.Best;
        _team = new WorkerTeam(threads ?? Math.Min(Environment.ProcessorCount, MaxThreads));
    }

    /// <summary>Threads that may work at once.</summary>
    public int Threads => _team.Threads;

    /// <summary>The vector width.</summary>
    internal VectorTier Tier { get; }

    /// <summary>The vector width in bits, or scalar.</summary>
    internal string TierName => Tier.Name;

    internal override double WorkPerSecond =>
        Threads
        * Tier.Width switch
        {
            16 => 120e9,
            8 => 60e9,
            4 => 30e9,
            _ => 4e9,
        };

    internal override DeviceMemory<T> Allocate<T>(int length) => new HostMemory<T>(length);

    internal override void RunElsewhere<TKernel>(in TKernel kernel) => RunHere(kernel);

    /// <summary>Runs a kernel on this device's threads.</summary>
    internal void RunHere<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel => Tier.Run(kernel, _team);

    internal override void ReadElsewhere<T>(Operand<T> source, Span<T> destination) => Read(source, destination);

    internal override void WriteElsewhere<T>(ReadOnlySpan<T> source, Operand<T> destination) =>
        Write(source, destination);
}
