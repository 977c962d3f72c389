using Recurrent.Mpi;

namespace Recurrent.Cli.Tests.Mpi;

public sealed class LauncherTests
{
    private const string OpenMpi = "OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_LOCAL_RANK=1";

    [Theory]
    [InlineData(OpenMpi, "mpirun", "libmpi.so.40", 3, 1, 4)]
    [InlineData("PMI_SIZE=2 PMI_RANK=1 MPI_LOCALRANKID=0", "mpirun", "libmpi.so.12", 1, 0, 2)]
    [InlineData("PMIX_RANK=5 SLURM_LOCALID=1 SLURM_STEP_NUM_TASKS=8", "srun", "libmpi.so.40", 5, 1, 8)]
    [InlineData("PMIX_RANK=1", "the launcher", "libmpi.so.40", 1, 0, null)]
    [InlineData(
        "SLURM_STEP_NUM_TASKS=8 SLURM_MPI_TYPE=pmi2 SLURM_PROCID=7 SLURM_LOCALID=3",
        "srun",
        "libmpi.so.40",
        7,
        3,
        8
    )]
    [InlineData("OMPI_COMM_WORLD_SIZE=2 RECURRENT_MPI=/opt/mpi/libmpi.so", "mpirun", "/opt/mpi/libmpi.so", 0, 0, 2)]
    public void A_launcher_is_known_by_its_variables(
        string variables,
        string name,
        string library,
        int rank,
        int localRank,
        int? count
    )
    {
        var launcher = Launcher.Find(Environment(variables))!;
        Assert.Equal(
            (name, rank, localRank, count),
            (launcher.Name, launcher.Rank, launcher.LocalRank, launcher.Count)
        );
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(library, launcher.Libraries[0]);
        }
        Assert.True(launcher.StartsSeveral);
    }

    [Theory]
    [InlineData("")]
    [InlineData("SLURM_NTASKS=4 SLURM_MPI_TYPE=pmix")] // a job's script, or a shell in it
    [InlineData("SLURM_STEP_NUM_TASKS=1 SLURM_MPI_TYPE=pmix PMIX_RANK=0")] // srun --pty bash
    [InlineData("SLURM_STEP_NUM_TASKS=4 SLURM_MPI_TYPE=none")]
    [InlineData("SLURM_STEP_NUM_TASKS=4")]
    [InlineData("PMI_SIZE=1")]
    [InlineData(OpenMpi + " RECURRENT_MPI=off")] // a model in each process
    public void A_process_that_is_alone_has_none(string variables) =>
        Assert.Null(Launcher.Find(Environment(variables)));

    [Fact]
    public void One_process_of_mpirun_is_alone_but_has_no_terminal_of_a_person()
    {
        Assert.False(Launcher.Find(Environment("OMPI_COMM_WORLD_SIZE=1"))!.StartsSeveral);
    }

    [Fact]
    public void Refusals_name_the_way_out()
    {
        var launcher = Launcher.Find(Environment(OpenMpi + " RECURRENT_MPI=/no/such/libmpi.so"))!;
        Assert.Equal(
            $"mpirun started 4 processes, and there is no MPI library on {System.Environment.MachineName} to connect "
                + "them (/no/such/libmpi.so); install it, as with apt install openmpi-bin, name its file in the "
                + "variable RECURRENT_MPI, or set that to off to train a model in each process.",
            MpiRanks.NoLibrary(launcher)
        );
        Assert.Equal(
            "srun started 4 copies that do not know of each other; use srun --mpi=pmix, or mpirun.",
            MpiRanks.Singletons("srun", 4, "Open MPI 5.0.3")
        );
        Assert.Equal(
            "mpirun started 4 copies that do not know of each other; use the mpirun of MPICH 4.0.2, or name the "
                + "library that mpirun belongs to in the variable RECURRENT_MPI.",
            MpiRanks.Singletons("mpirun", 4, "MPICH 4.0.2")
        );
    }

    [Theory]
    [InlineData("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4\0", "Open MPI 4.1.4")]
    [InlineData("MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7 2022\n", "MPICH 4.0.2")]
    [InlineData("Intel(R) MPI Library 2021.5 for Linux* OS\n", "Intel(R) MPI Library 2021.5 for Linux* OS")]
    public void A_library_is_named_with_its_version(string said, string shown) =>
        Assert.Equal(shown, MpiLibrary.VersionIn(said));

    [Theory]
    [InlineData("3", 1)]
    [InlineData("0-63", 64)]
    [InlineData("0-3,8,10-11", 7)]
    public void Processors_are_counted_in_the_lists_of_the_system(string list, int count) =>
        Assert.Equal(count, Binding.CountOf(list));

    [Fact]
    public void This_process_may_use_no_more_processors_than_who_has_started_it()
    {
        var binding = Binding.OfThisProcess();
        Assert.InRange(binding.Count, 1, binding.Unbound);
        Assert.Equal(System.Environment.ProcessorCount, binding.Usable);
    }

    private static Func<string, string?> Environment(string variables) =>
        variables
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(one => one.Split('='))
            .ToDictionary(parts => parts[0], parts => parts[1])
            .GetValueOrDefault;
}
