using Recurrent.Training;

namespace Recurrent.Mpi;

/// <summary>
/// Ranks that MPI has started and connects. MPI moves bytes and adds nothing, because its sums depend on the number of
/// ranks, on their lengths and on the version of the library.
/// </summary>
internal sealed unsafe class MpiRanks : Ranks
{
    private MpiRanks(int rank, int count) => (Rank, Count) = (rank, count);

    public override int Rank { get; }

    public override int Count { get; }

    public override string Host => Environment.MachineName;

    /// <summary>The name and version of the library.</summary>
    public string Library { get; } = MpiLibrary.Version();

    /// <summary>Joins the other ranks, once in a process.</summary>
    /// <param name="launcher">What has started this process.</param>
    /// <exception cref="RanksException">There is no MPI library, or it knows of no other rank.</exception>
    public static MpiRanks Join(Launcher launcher)
    {
        if (!MpiLibrary.Open(launcher.Libraries))
        {
            throw new RanksException(NoLibrary(launcher));
        }
        MpiLibrary.Check(MpiLibrary.MPI_Init_thread(0, 0, MpiLibrary.Funneled, out _));
        MpiLibrary.Check(MpiLibrary.MPI_Comm_rank(MpiLibrary.World, out var rank));
        MpiLibrary.Check(MpiLibrary.MPI_Comm_size(MpiLibrary.World, out var count));
        var ranks = new MpiRanks(rank, count);
        if (count == 1 && launcher.Count is > 1 and var started)
        {
            Leave();
            throw new RanksException(Singletons(launcher.Name, started, ranks.Library));
        }
        return ranks;
    }

    /// <summary>That there is no library, and the way out.</summary>
    internal static string NoLibrary(Launcher launcher) =>
        $"{launcher.Name} started {launcher.Count?.ToString() ?? "several"} processes, and there is no MPI library on "
        + $"{Environment.MachineName} to connect them ({string.Join(", ", launcher.Libraries)}); install it, as with "
        + $"apt install openmpi-bin, name its file in the variable {Launcher.Variable}, or set that to off to train a "
        + "model in each process.";

    /// <summary>That each process believes itself alone, and the way out.</summary>
    internal static string Singletons(string launcher, int started, string library) =>
        $"{launcher} started {started} copies that do not know of each other; "
        + (
            launcher == "srun"
                ? "use srun --mpi=pmix, or mpirun."
                : $"use the mpirun of {library}, or name the library that {launcher} belongs to in the variable "
                    + $"{Launcher.Variable}."
        );

    public override void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received)
    {
        var length = parts.Length / Count;
        fixed (
            byte* from = parts,
                to = received
        )
        {
            MpiLibrary.Check(
                MpiLibrary.MPI_Alltoall(from, length, MpiLibrary.Byte, to, length, MpiLibrary.Byte, MpiLibrary.World)
            );
        }
    }

    public override void AllGather(ReadOnlySpan<byte> part, Span<byte> received)
    {
        var length = part.Length;
        fixed (
            byte* from = part,
                to = received
        )
        {
            var sent = from == to + (Rank * (long)length) ? MpiLibrary.InPlace : from;
            MpiLibrary.Check(
                MpiLibrary.MPI_Allgather(sent, length, MpiLibrary.Byte, to, length, MpiLibrary.Byte, MpiLibrary.World)
            );
        }
    }

    public override void Broadcast(Span<byte> bytes, int from = 0)
    {
        fixed (byte* all = bytes)
        {
            MpiLibrary.Check(MpiLibrary.MPI_Bcast(all, bytes.Length, MpiLibrary.Byte, from, MpiLibrary.World));
        }
    }

    /// <summary>Leaves when all ranks do.</summary>
    public static void Leave() => MpiLibrary.Check(MpiLibrary.MPI_Finalize());

    /// <summary>Ends all ranks at once, this one too, from any thread.</summary>
    /// <param name="exitCode">The exit code, above 0.</param>
    public static void Abort(int exitCode)
    {
        // Where the library itself hangs, the launcher ends the others as soon as this process has ended.
        using var late = new Timer(
            _ => MpiLibrary._exit(exitCode),
            null,
            TimeSpan.FromSeconds(1),
            Timeout.InfiniteTimeSpan
        );
        _ = MpiLibrary.MPI_Abort(MpiLibrary.World, exitCode);
        MpiLibrary._exit(exitCode);
    }
}
