using Recurrent.Kernels;
using Recurrent.Kernels.Threading;
using Recurrent.Ranges;

namespace Recurrent.Tensors;

/// <summary>The processor and the host's memory.</summary>
/// <remarks>
/// Several threads may use one device at the same time; what finds its threads busy is computed by the caller alone.
/// </remarks>
internal sealed class CpuDevice : Device
{
    /// <summary>The largest number of threads that may be chosen.</summary>
    public const int MaxThreads = WorkerTeam.MaxThreads;

    private const int FewestRows = 4; // of a thread; with fewer its products wait for the weights
    private const int RowsOfPiece = 8; // those of a register tile
    private const int PiecesOfThread = 4;

    private static readonly WorkerTeam s_alone = new(threads: 1);

    [ThreadStatic]
    private static bool t_isInPiece;

    private readonly WorkerTeam _team;
    private Recording? _spare;

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

    /// <summary>A processor like another machine's, to plan for.</summary>
    /// <param name="threads">Its threads.</param>
    /// <param name="tier">The name of its vector width, <see cref="TierName"/>.</param>
    internal static CpuDevice Like(int threads, string tier) => new(threads, VectorTier.Named(tier));

    public override string Name =>
        $"cpu, {Sentences.Amount(Threads, "threads")}, {(TierName == "scalar" ? TierName : $"{TierName}-bit")}";

    internal override string Words => "cpu";

    /// <summary>Threads that may work at once.</summary>
    public int Threads => _team.Threads;

    /// <summary>The vector width.</summary>
    internal VectorTier Tier { get; }

    /// <summary>Rounds by rows that recordings have run.</summary>
    internal long Rounds { get; private set; }

    /// <summary>The vector width in bits, or scalar.</summary>
    internal string TierName => Tier.Name;

    internal override double WorkPerSecond =>
        Threads
        * TierName switch
        {
            "512" => 120e9,
            "256" => 60e9,
            "128" => 30e9,
            _ => 4e9,
        };

    internal override DeviceMemory<T> Allocate<T>(int length) => new HostMemory<T>(length);

    internal override void RunElsewhere<TKernel>(in TKernel kernel) => RunHere(kernel);

    /// <summary>Runs a kernel on this device's threads, or records it.</summary>
    internal void RunHere<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel
    {
        if (Recording.Of(this) is { } recording)
        {
            recording.Add(kernel);
        }
        else
        {
            RunNow(kernel);
        }
    }

    /// <summary>Runs a kernel on this device's threads, or within a piece on the calling one.</summary>
    internal void RunNow<TKernel>(in TKernel kernel)
        where TKernel : struct, IKernel => Tier.Run(kernel, t_isInPiece ? s_alone : _team);

    /// <remarks>One thread alone gains nothing by it that it would not lose again by recording.</remarks>
    internal override IDisposable? Record() =>
        Threads == 1 ? null : (Interlocked.Exchange(ref _spare, null) ?? new Recording(this)).Begin();

    /// <summary>Takes a recording back, for the next one.</summary>
    internal void Return(Recording recording) => Volatile.Write(ref _spare, recording);

    internal override void BeginForward(Operator operation) => Recording.Of(this)?.BeginForward(operation);

    internal override void BeginBackward(Operator operation, Storage dy) =>
        Recording.Of(this)?.BeginBackward(operation, dy);

    internal override void Forward(Operator operation)
    {
        if (Recording.Of(this) is { } recording)
        {
            recording.Forward(operation);
        }
        else
        {
            base.Forward(operation);
        }
    }

    internal override void Backward(Operator operation)
    {
        if (Recording.Of(this) is { } recording)
        {
            recording.Backward(operation);
        }
        else
        {
            base.Backward(operation);
        }
    }

    internal override void BackwardWeights(Operator operation)
    {
        if (Recording.Of(this) is { } recording)
        {
            recording.BackwardWeights(operation);
        }
        else
        {
            base.BackwardWeights(operation);
        }
    }

    /// <summary>Runs steps of a recording by rows: each piece of the rows through all steps.</summary>
    internal void RunRows(List<Step> steps, int first, int count)
    {
        var rows = steps[first].Operator!.Rows;
        Rounds++;
        var together = 1;
        for (var i = first; i < first + count; i++)
        {
            together = Math.Max(together, steps[i].Operator!.RowsTogether);
        }
        var pieces = Pieces(rows, together);
        if (pieces > 1)
        {
            _team.Run(pieces, new Piecewise<RowsJob>(new RowsJob(steps, first, count, rows, pieces)));
            return;
        }
        for (var i = first; i < first + count && rows > 0; i++)
        {
            steps[i].Run(0, rows);
        }
    }

    /// <summary>Computes the gradients of an operator's weights, in pieces by columns.</summary>
    internal void RunColumns(Operator operation)
    {
        var job = new ColumnsJob(operation, Threads * PiecesOfThread);
        if (Threads > 1 && job.Pieces > 1)
        {
            _team.Run(job.Pieces, new Piecewise<ColumnsJob>(job));
        }
        else
        {
            operation.BackwardWeights(0, operation.Columns);
        }
    }

    /// <summary>Into how many pieces rows are cut, of which so many should be computed together.</summary>
    internal int Pieces(int rows, int together)
    {
        if (rows < FewestRows * Threads)
        {
            return 1;
        }
        var large = Ceiling(together, RowsOfPiece) * RowsOfPiece;
        // As many for each thread, where pieces are large and few.
        return Math.Min(Ceiling(rows, RowsOfPiece), Threads * Ceiling(rows, Threads * large));

        static int Ceiling(int count, int unit) => (count + unit - 1) / unit;
    }

    /// <summary>A job whose chunks keep to the thread that they are on.</summary>
    private readonly struct Piecewise<TJob>(TJob job) : IJob
        where TJob : struct, IJob
    {
        public void Run(int index)
        {
            t_isInPiece = true;
            try
            {
                job.Run(index);
            }
            finally
            {
                t_isInPiece = false;
            }
        }
    }

    internal override void ReadElsewhere<T>(Operand<T> source, Span<T> destination) => Read(source, destination);

    internal override void WriteElsewhere<T>(ReadOnlySpan<T> source, Operand<T> destination) =>
        Write(source, destination);
}
