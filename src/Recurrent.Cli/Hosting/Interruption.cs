namespace Recurrent.Cli.Hosting;

/// <summary>
/// Where the signals that end a process meet the work that must not be lost. While work is protected, the first signal
/// asks it to stop; any other time, and at the second signal, the process ends at once, as the system does it.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>What a terminal sends when it is closed.</summary>
    public const int Hangup = 1;

    /// <summary>What Ctrl-C sends.</summary>
    public const int Interrupt = 2;

    /// <summary>The reader of our output went away.</summary>
    public const int BrokenPipe = 13;

    /// <summary>What <c>kill</c> and a system that shuts down send.</summary>
    public const int Terminate = 15;

    private readonly CancellationTokenSource _source = new();
    private volatile bool _protected;
    private int _signal;

    /// <summary>Cancelled by the signal that asks the work to stop.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The number of that signal; 0 before it.</summary>
    public int Signal => Volatile.Read(ref _signal);

    /// <summary>The exit code that shells know that signal by.</summary>
    public int ExitCode => 128 + Signal;

    /// <summary>From now on there is work that a signal must not destroy.</summary>
    public void Protect() => _protected = true;

    /// <summary>Tells of a signal.</summary>
    /// <param name="signal">Its number.</param>
    /// <returns>Whether the process should live on, to finish by itself.</returns>
    public bool Receive(int signal)
    {
        // Each further write to a broken pipe sends its signal again: that is no second wish of the user's.
        var livesOn = signal == BrokenPipe || _protected;
        if (livesOn && Interlocked.CompareExchange(ref _signal, signal, 0) == 0)
        {
            _source.Cancel();
            return true;
        }
        return signal == BrokenPipe;
    }

    public void Dispose() => _source.Dispose();
}
