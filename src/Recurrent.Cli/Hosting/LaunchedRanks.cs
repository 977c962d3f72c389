using System.Runtime.InteropServices;
using Recurrent.Mpi;
using Recurrent.Ranges;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Cli.Hosting;

/// <summary>The processes of a job once they are connected.</summary>
/// <param name="Ranks">What moves bytes between them.</param>
/// <param name="Library">The name and version of what connects them.</param>
/// <param name="Leave">Leaves the job when all ranks do.</param>
/// <param name="Abort">Ends all ranks at once, with an exit code.</param>
internal sealed record JoinedRanks(Ranks Ranks, string Library, Action Leave, Action<int> Abort)
{
    /// <summary>Joins the others by MPI.</summary>
    /// <exception cref="RanksException">There is no MPI library, or it knows of no other process.</exception>
    public static JoinedRanks ByMpi(Launcher launcher)
    {
        var ranks = MpiRanks.Join(launcher);
        return new(ranks, ranks.Library, MpiRanks.Leave, MpiRanks.Abort);
    }
}

/// <summary>
/// The processes that a launcher has started for one training, as the command line sees them: rank 0 alone prints, an
/// error is printed once, and all end together.
/// </summary>
internal sealed class LaunchedRanks : IDisposable
{
    private static readonly TimeSpan s_longestBeginning = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(2);

    private const int MostNamed = 4; // ranks

    private readonly JoinedRanks _joined;
    private readonly WatchedRanks _ranks;
    private readonly CliContext _context;
    private readonly string _launcher;
    private readonly string[] _hosts; // (ranks)
    private readonly Binding _binding;
    private readonly int _ranksHere; // on this machine
    private readonly string[] _firstProcessor; // rank 0's: its threads and its vector width
    private State _state;
    private long _start; // of the training, a timestamp
    private TimeSpan _spentBefore;
    private CancellationTokenRegistration _stopping;

    private LaunchedRanks(JoinedRanks joined, string launcher, CliContext context)
    {
        (_joined, _launcher, _context) = (joined, launcher, context);
        _ranks = new WatchedRanks(joined.Ranks, context.Time, IsLate);
        _hosts = [.. Enumerable.Repeat("?", Count)];
        _ranks.Watch(s_longestBeginning);
        _binding = Binding.OfThisProcess();
        var places = _ranks.Gather($"{_ranks.Host}\n{_binding.List}");
        _hosts = [.. places.Select(place => place.Split('\n')[0])];
        _ranksHere = _hosts.Count(host => host == _ranks.Host);
        var sharing = places.Count(place => place == places[Rank]);
        Threads = Math.Max(1, _binding.Usable / sharing);
        var processors = _ranks.Gather($"{Threads} {new CpuDevice(threads: 1).TierName}");
        _firstProcessor = processors[0].Split(' ');
        _ranks.Watch(TimeSpan.Zero);
        BindingNote =
            launcher != "srun" && 2 * _binding.Count * _ranksHere < _binding.Unbound * sharing
                ? $"Each rank may use {_binding.Count} of {_binding.Unbound} processors, because {launcher} bound it; "
                    + "add --bind-to none."
                : null;
    }

    private enum State
    {
        /// <summary>Each rank reads the text and makes a plan.</summary>
        Preparing,

        /// <summary>They train.</summary>
        Training,

        /// <summary>Rank 0 saves what they have trained.</summary>
        Saving,
    }

    /// <summary>What the trainer exchanges gradients through.</summary>
    public Ranks Ranks => _ranks;

    /// <summary>The number of this rank, from 0.</summary>
    public int Rank => _joined.Ranks.Rank;

    /// <summary>The number of ranks.</summary>
    public int Count => _joined.Ranks.Count;

    /// <summary>The number of machines.</summary>
    public int Machines => _hosts.Distinct(StringComparer.Ordinal).Count();

    /// <summary>The name and version of what connects the ranks.</summary>
    public string Library => _joined.Library;

    /// <summary>The threads of this rank, unless the user says otherwise.</summary>
    public int Threads { get; }

    /// <summary>That the launcher lets processors lie idle, and the way out; null where it does not.</summary>
    public string? BindingNote { get; }

    /// <summary>The shares of the ranks' time that exchanges took, waiting for others included.</summary>
    public IReadOnlyList<double> ExchangeShares { get; private set; } = [0];

    /// <summary>The rank that waited least, because it is the slowest.</summary>
    public int SlowestRank => ExchangeShares.Index().MinBy(rank => rank.Item).Index;

    /// <summary>The ranks in words.</summary>
    /// <param name="shards">The shards that they share out.</param>
    /// <param name="threads">The threads of each.</param>
    public string Words(int shards, int threads) =>
        $"{Sentences.Amount(Count, "ranks")} on {Sentences.Amount(Machines, "machines")}, "
        + $"{Sentences.Amount(shards, "shards")}, {Sentences.Amount(threads, "threads")} each, {Library}";

    /// <summary>Rank 0's processor, to plan for: machines that are not alike then make the same plan.</summary>
    /// <param name="threads">Its threads; null for those that it takes by itself.</param>
    public CpuDevice FirstProcessor(int? threads) =>
        CpuDevice.Like(threads ?? int.Parse(_firstProcessor[0]), _firstProcessor[1]);

    /// <summary>Does work with the other ranks, or alone where no launcher has started this process.</summary>
    /// <param name="context">The world outside.</param>
    /// <param name="work">The work, in the world as this rank is to see it.</param>
    /// <returns>The exit code.</returns>
    public static int Run(CliContext context, Func<CliContext, int> work)
    {
        if (context.Launcher is not { StartsSeveral: true } launcher)
        {
            return work(context);
        }
        JoinedRanks joined;
        try
        {
            joined = context.Join(launcher);
        }
        catch (RanksException error)
        {
            if (launcher.LocalRank == 0) // it is said once on each machine
            {
                context.Error.WriteLine(PrintableText.OneLine(error.Message));
            }
            return ExitCode.Failure;
        }
        using var ranks = new LaunchedRanks(joined, launcher.Name, context);
        return ranks.Run(work);
    }

    /// <summary>Does something on rank 0 first, and then on the others, which find what it has left.</summary>
    public T InTurn<T>(Func<T> make)
        where T : class
    {
        var made = Rank == 0 ? make() : default;
        Meet();
        return made ?? make();
    }

    /// <summary>The texts of all ranks, in rank order, while they prepare; where one has failed, all end.</summary>
    public string[] Gather(string text)
    {
        Meet();
        return Ranks.Gather(text);
    }

    /// <summary>Waits until all ranks have come so far; where one has failed, all end.</summary>
    public void Meet() => Meet("");

    /// <summary>Waits until all ranks are ready to train.</summary>
    /// <param name="limit">The longest that an exchange may take; 0 for as long as it likes.</param>
    public void BeginTraining(TimeSpan limit)
    {
        Meet();
        _ranks.Watch(limit);
        // The launcher sends a signal also when another rank has died, which then never answers.
        _stopping = _context.Interruption.Token.Register(() => _ranks.Watch(s_longestEnd + (2 * _ranks.Longest)));
        _state = State.Training;
        (_start, _spentBefore) = (_context.Time.GetTimestamp(), _ranks.Spent);
    }

    /// <summary>Ends the training on all ranks, and tells each of a signal that another has got.</summary>
    public void EndTraining()
    {
        var elapsed = _context.Time.GetElapsedTime(_start);
        double[] own =
        [
            _context.Interruption.Signal,
            elapsed > TimeSpan.Zero ? (_ranks.Spent - _spentBefore) / elapsed : 0,
        ];
        var all = new double[own.Length * Count];
        _ranks.AllGather(MemoryMarshal.AsBytes(own.AsSpan()), MemoryMarshal.AsBytes(all.AsSpan()));
        int[] signals = [.. all.Where((_, i) => i % own.Length == 0).Select(signal => (int)signal)];
        ExchangeShares = [.. all.Where((_, i) => i % own.Length > 0)];
        if (_context.Interruption.Signal == 0 && signals.FirstOrDefault(signal => signal != 0) is not 0 and var other)
        {
            _context.Interruption.Receive(other);
        }
        _stopping.Dispose();
        _ranks.Watch(TimeSpan.Zero); // saving takes as long as it takes
        _state = State.Saving;
    }

    public void Dispose() => _ranks.Dispose();

    private int Run(Func<CliContext, int> work)
    {
        var context = _context with { Ranks = this };
        if (Rank > 0)
        {
            context = context with { Out = TextWriter.Null, OutBytes = Stream.Null, Error = TextWriter.Null };
        }
        else if (BindingNote is not null)
        {
            context.Error.WriteLine(BindingNote);
        }
        try
        {
            var exitCode = work(context);
            if (_state == State.Preparing)
            {
                Meet($"{exitCode}\n"); // there is nothing to train, as rank 0 alone may know
            }
            return End(exitCode);
        }
        catch (OtherRankException other)
        {
            return End(other.ExitCode);
        }
        catch (Exception error)
        {
            return Fail(error);
        }
    }

    private int Fail(Exception error)
    {
        var (sentence, exitCode) =
            error is OperationCanceledException && _context.Interruption.Signal != 0
                ? ("", _context.Interruption.ExitCode)
                : ErrorMessage.Of(error);
        sentence = PrintableText.OneLine(sentence);
        if (_state == State.Preparing)
        {
            try
            {
                Meet($"{exitCode}\n{sentence}");
            }
            catch (OtherRankException first)
            {
                exitCode = first.ExitCode;
            }
            return End(exitCode);
        }
        // What all ranks find out alike, rank 0 says alone.
        var isCommon = (error.InnerException ?? error) is TrainingDivergedException or RanksException;
        if (Rank == 0 && sentence.Length > 0)
        {
            _context.Error.WriteLine(sentence);
        }
        else if (Rank > 0 && !isCommon && sentence.Length > 0)
        {
            _context.Error.WriteLine($"{NameOf(Rank)}: {sentence}");
        }
        if (_state == State.Training && !isCommon)
        {
            _joined.Abort(exitCode);
        }
        return End(exitCode);
    }

    /// <summary>Waits for the other ranks, and fails where one has a problem; rank 0 prints the first.</summary>
    /// <param name="problem">This rank's: an exit code and a sentence, each a line; empty for none.</param>
    private void Meet(string problem)
    {
        var problems = _joined.Ranks.Gather(problem);
        var rank = Array.FindIndex(problems, one => one.Length > 0);
        if (rank < 0)
        {
            return;
        }
        var (exitCode, sentence) = problems[rank].Split('\n') is [var code, var words]
            ? (int.Parse(code), words)
            : default;
        if (Rank == 0 && sentence is { Length: > 0 })
        {
            _context.Error.WriteLine(rank == 0 ? sentence : $"{NameOf(rank)}: {sentence}");
        }
        throw new OtherRankException(exitCode);
    }

    /// <summary>Waits for rank 0, whose exit code is that of all: a launcher ends the others when one fails.</summary>
    private int End(int exitCode)
    {
        _joined.Ranks.Broadcast(MemoryMarshal.AsBytes(new Span<int>(ref exitCode)));
        _joined.Leave();
        return exitCode;
    }

    private void IsLate(TimeSpan elapsed)
    {
        string[] others = [.. Enumerable.Range(0, Count).Where(rank => rank != Rank).Select(NameOf)];
        var who = others.Length <= MostNamed ? string.Join(" or ", others) : $"one of the other {others.Length} ranks";
        _context.Error.WriteLine(
            _context.Interruption.Signal != 0
                ? $"{NameOf(Rank)}: told to stop, and {who} has not answered for {elapsed.TotalSeconds:#,0.0} s."
                : $"{NameOf(Rank)}: an exchange has taken {elapsed.TotalSeconds:#,0.0} s, longer than "
                    + $"--exchange-timeout: {who} hangs, or the network between; if that is the wrong network, name "
                    + $"the right one, as in {_launcher} --mca btl_tcp_if_include 10.0.0.0/24, and go on with --resume."
        );
        _joined.Abort(ExitCode.Failure);
    }

    /// <summary>The name of a rank's machine.</summary>
    public string HostOf(int rank) => _hosts[rank];

    /// <summary>A rank with its machine, for people.</summary>
    public string NameOf(int rank) => $"rank {rank} on {HostOf(rank)}";

    /// <summary>A rank has failed while all prepare, and has been told of.</summary>
    private sealed class OtherRankException(int exitCode) : Exception
    {
        /// <summary>The exit code of all.</summary>
        public int ExitCode => exitCode;
    }
}
