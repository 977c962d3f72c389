using System.Globalization;

namespace Recurrent.Mpi;

/// <summary>The program that has started this process as one of several, as the variables that it sets tell.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Libraries">The MPI libraries that it may belong to, the likeliest first.</param>
/// <param name="Rank">The number of this process, from 0.</param>
/// <param name="LocalRank">Its number among those on this machine.</param>
/// <param name="Count">The number of processes; null where it does not tell.</param>
internal sealed record Launcher(string Name, IReadOnlyList<string> Libraries, int Rank, int LocalRank, int? Count)
{
    /// <summary>The variable with the path of an MPI library, or <see cref="Off"/>.</summary>
    public const string Variable = "RECURRENT_MPI";

    private const string Off = "off"; // each process is on its own, as those of a sweep are

    private static readonly string[] s_openMpi = OperatingSystem.IsMacOS() ? ["libmpi.40.dylib"] : ["libmpi.so.40"];
    private static readonly string[] s_mpich = OperatingSystem.IsMacOS()
        ? ["libmpi.12.dylib"]
        : ["libmpi.so.12", "libmpich.so.12"];

    /// <summary>Whether there are several processes, or may be.</summary>
    public bool StartsSeveral => Count != 1;

    /// <summary>Finds it.</summary>
    /// <param name="variable">The value of a variable of the environment; null where there is none.</param>
    /// <returns>Null where a user or a script has started this process alone.</returns>
    public static Launcher? Find(Func<string, string?> variable)
    {
        if (variable(Variable) == Off)
        {
            return null;
        }
        if (Number("OMPI_COMM_WORLD_SIZE") is { } size)
        {
            return Make("mpirun", s_openMpi, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", size);
        }
        if (Number("PMI_SIZE") is > 1 and var started)
        {
            return Make("mpirun", [.. s_mpich, .. s_openMpi], "PMI_RANK", "MPI_LOCALRANKID", started);
        }
        var tasks = Number("SLURM_STEP_NUM_TASKS");
        var isKnown = variable("SLURM_MPI_TYPE") is { Length: > 0 } and not "none";
        return Number("PMIX_RANK") is not null && tasks != 1
                ? Make(
                    tasks is null ? "the launcher" : "srun",
                    [.. s_openMpi, .. s_mpich],
                    "PMIX_RANK",
                    "SLURM_LOCALID",
                    tasks
                )
            : tasks > 1 && isKnown ? Make("srun", [.. s_openMpi, .. s_mpich], "SLURM_PROCID", "SLURM_LOCALID", tasks)
            : null;

        int? Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;

        Launcher Make(string name, string[] libraries, string rank, string localRank, int? count) =>
            new(
                name,
                variable(Variable) is { Length: > 0 } path ? [path] : libraries,
                Number(rank) ?? 0,
                Number(localRank) ?? 0,
                count
            );
    }
}
