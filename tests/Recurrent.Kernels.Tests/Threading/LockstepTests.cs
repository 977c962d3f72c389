using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Threading;

public sealed class LockstepTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(5, 5)]
    [InlineData(2, 5)]
    public void Every_block_runs_once_after_the_whole_step_before(int threads, int blocks)
    {
        const int steps = 200;
        var team = new WorkerTeam(threads);
        for (var round = 0; round < 20; round++)
        {
            var job = new CountingJob(blocks, new int[steps * blocks], new int[steps]);
            team.RunSteps(steps, blocks, job);
            Assert.All(job.Runs, runs => Assert.Equal(1, runs));
            Assert.All(job.Done, done => Assert.Equal(blocks, done));
        }
    }

    [Fact]
    public void A_failing_block_is_reported_and_the_team_stays_whole()
    {
        var team = new WorkerTeam(2);
        for (var round = 0; round < 20; round++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => team.RunSteps(10, 2, new FailingJob()));
            Assert.Contains("step 3", error.Message, StringComparison.Ordinal);
        }
        var job = new CountingJob(2, new int[2 * 5], new int[5]);
        team.RunSteps(5, 2, job);
        Assert.All(job.Runs, runs => Assert.Equal(1, runs));
    }

    [Fact]
    public void No_steps_run_nothing() => new WorkerTeam(2).RunSteps(0, 2, new FailingJob());

    private readonly record struct CountingJob(int Blocks, int[] Runs, int[] Done) : IStepJob
    {
        public void Run(int step, int block)
        {
            // A step that began too early leaves its counts wrong.
            if (step > 0 && Volatile.Read(ref Done[step - 1]) != Blocks)
            {
                return;
            }
            Interlocked.Increment(ref Runs[(step * Blocks) + block]);
            Interlocked.Increment(ref Done[step]);
        }
    }

    private readonly record struct FailingJob : IStepJob
    {
        public void Run(int step, int block)
        {
            if (step == 3 && block == 1)
            {
                throw new FormatException("step 3");
            }
        }
    }
}
