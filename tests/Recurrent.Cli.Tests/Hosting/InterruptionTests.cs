using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Tests.Hosting;

public sealed class InterruptionTests
{
    [Fact]
    public void Ends_the_process_at_once_while_nothing_is_to_be_lost()
    {
        using var interruption = new Interruption();
        Assert.False(interruption.Receive(Interruption.Interrupt));
        Assert.False(interruption.Token.IsCancellationRequested);
    }

    [Theory]
    [InlineData(Interruption.Hangup, 129)]
    [InlineData(Interruption.Interrupt, 130)]
    [InlineData(Interruption.Terminate, 143)]
    public void Asks_protected_work_to_stop_once(int signal, int exitCode)
    {
        using var interruption = new Interruption();
        interruption.Protect();
        Assert.True(interruption.Receive(signal));
        Assert.True(interruption.Token.IsCancellationRequested);
        Assert.Equal(exitCode, interruption.ExitCode);
        Assert.False(interruption.Receive(signal));
        Assert.False(interruption.Receive(Interruption.Terminate));
    }

    [Fact]
    public void A_broken_pipe_stops_any_work_and_is_not_counted_twice()
    {
        using var interruption = new Interruption();
        Assert.True(interruption.Receive(Interruption.BrokenPipe));
        Assert.True(interruption.Receive(Interruption.BrokenPipe));
        Assert.True(interruption.Token.IsCancellationRequested);
        Assert.Equal(141, interruption.ExitCode);
    }

    [Fact]
    public void The_signals_of_schedulers_may_come_twice()
    {
        using var interruption = new Interruption();
        var signal = Interruption.OfSchedulers[0];
        Assert.False(interruption.Receive(signal)); // nothing is to be lost yet
        interruption.Protect();
        Assert.True(interruption.Receive(signal));
        Assert.True(interruption.Receive(signal));
        Assert.Equal(128 + signal, interruption.ExitCode);
    }

    [Fact]
    public void The_first_signal_gives_the_exit_code()
    {
        using var interruption = new Interruption();
        interruption.Protect();
        interruption.Receive(Interruption.Interrupt);
        interruption.Receive(Interruption.BrokenPipe);
        Assert.Equal(130, interruption.ExitCode);
    }
}
