using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Threading;

public sealed class WorkerTeamTests
{
    private readonly struct Count(int[] runs) : IJob
    {
        public void Run(int index) => Interlocked.Increment(ref runs[index]);
    }

    private readonly struct CountSteps(int[] runs) : IStepJob
    {
        public void Run(int step, int block) => Interlocked.Increment(ref runs[(step * runs.Length / 2) + block]);
    }

    private readonly struct Nested(WorkerTeam team, int[] runs) : IJob
    {
        public void Run(int index) => team.Run(4, new CountPart(runs, 4 * index));
    }

    private readonly struct CountPart(int[] runs, int first) : IJob
    {
        public void Run(int index) => Interlocked.Increment(ref runs[first + index]);
    }

    private readonly struct Fail : IJob
    {
        public void Run(int index) => throw new NotSupportedException("no");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    public void Every_chunk_runs_once_in_every_of_many_jobs(int threads)
    {
        var team = new WorkerTeam(threads);
        for (var round = 0; round < 5_000; round++)
        {
            var runs = new int[(round % 40) + 1];
            team.Run(runs.Length, new Count(runs));
            Assert.All(runs, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void More_chunks_than_a_round_holds_run_too(int threads)
    {
        var runs = new int[(2 * WorkerTeam.MaxChunks) + 3];
        new WorkerTeam(threads).Run(runs.Length, new Count(runs));
        Assert.All(runs, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Teams_on_several_threads_do_not_disturb_each_other()
    {
        Parallel.For(
            0,
            6,
            _ =>
            {
                var team = new WorkerTeam(3);
                for (var round = 0; round < 1_000; round++)
                {
                    var runs = new int[7];
                    team.Run(runs.Length, new Count(runs));
                    Assert.All(runs, count => Assert.Equal(1, count));
                }
            }
        );
    }

    [Fact]
    public void One_team_serves_several_callers_at_once()
    {
        var team = new WorkerTeam(3);
        Parallel.For(
            0,
            6,
            _ =>
            {
                for (var round = 0; round < 300; round++)
                {
                    var runs = new int[7];
                    team.Run(runs.Length, new Count(runs));
                    Assert.All(runs, count => Assert.Equal(1, count));
                    var steps = new int[2 * 3];
                    team.RunSteps(2, 3, new CountSteps(steps));
                    Assert.All(steps, count => Assert.Equal(1, count));
                }
            }
        );
    }

    [Fact]
    public void A_job_may_run_another_on_its_own_team()
    {
        var team = new WorkerTeam(3);
        var runs = new int[5 * 4];
        team.Run(5, new Nested(team, runs));
        Assert.All(runs, count => Assert.Equal(1, count));
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        var team = new WorkerTeam(2);
        var runs = new int[8];
        team.Run(runs.Length, new Count(runs));
        team.RunSteps(2, 2, new CountSteps(runs));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1_000; round++)
        {
            team.Run(runs.Length, new Count(runs));
            team.RunSteps(2, 2, new CountSteps(runs));
        }
        // Invitations of helpers that had left.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_000);
    }

    [Fact]
    public void An_idle_team_leaves_the_thread_pool()
    {
        var team = new WorkerTeam(3);
        var runs = new int[64];
        for (var round = 0; round < 100; round++)
        {
            team.Run(runs.Length, new Count(runs));
        }
        Assert.True(SpinWait.SpinUntil(() => team.Helpers == 0, TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_failure_reaches_the_caller_and_the_team_works_on(int threads)
    {
        var team = new WorkerTeam(threads);
        Assert.ThrowsAny<Exception>(() => team.Run(8, default(Fail)));
        var runs = new int[8];
        team.Run(runs.Length, new Count(runs));
        Assert.All(runs, count => Assert.Equal(1, count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public void Refuses_an_impossible_number_of_threads(int threads) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerTeam(threads));
}
