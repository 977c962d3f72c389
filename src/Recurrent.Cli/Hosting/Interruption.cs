namespace Recurrent.Cli.Hosting;

/// <summary>
/// The point where signals that end a process meet work that must not be lost. While work is protected, the first
/// signal asks it to stop. At any other time, and at the second signal, the process ends at once, as the system does
/// it.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>The signal that a terminal sends when it is closed.</summary>
    public const int Hangup = 1;

    /// <summary>The signal of Ctrl-C.</summary>
    public const int Interrupt = 2;

    /// <summary>The signals that a scheduler sends before it ends a job.</summary>
    public static readonly int[] OfSchedulers = OperatingSystem.IsMacOS() ? [30, 31] : [10, 12]; // SIGUSR1, SIGUSR2

    /// <summary>The signal for an output whose reader has gone away.</summary>
    public const int BrokenPipe = 13;

    /// <summary>The signal that <c>kill</c> and a system shutting down send.</summary>
    public const int Terminate = 15;

    private readonly CancellationTokenSource _source = new();
    private volatile bool _protected;
    private int _signal;

    /// <summary>The token that is cancelled by the signal that asks the work to stop.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The number of that signal; 0 before it has come.</summary>
    public int Signal => Volatile.Read(ref _signal);

    /// <summary>The exit code by which shells recognise that signal.</summary>
    public int ExitCode => 128 + Signal;

    /// <summary>
    /// What a hangup does in place of asking the work to stop, and whether it has done so; null where it stops it.
    /// </summary>
    public Func<bool>? OnHangup { get; set; }

    /// <summary>What is done where a signal ends the process at once; null for nothing.</summary>
    public Action? OnEnd { get; set; }

    /// <summary>Declares that from now on there is work that a signal must not destroy.</summary>
    public void Protect() => _protected = true;

    /// <summary>Receives a signal.</summary>
    /// <param name="signal">Its number.</param>
    /// <returns>Whether the process should live on, to finish by itself.</returns>
    public bool Receive(int signal)
    {
        if (signal == Hangup && OnHangup?.Invoke() is true)
        {
            return true;
        }
        // Each further write to a broken pipe sends its signal again: the user has not asked a second time.
        var livesOn = signal == BrokenPipe || _protected;
        if (livesOn && Interlocked.CompareExchange(ref _signal, signal, 0) == 0)
        {
            _source.Cancel();
            return true;
        }
        // A launcher may pass on twice what a scheduler has sent once.
        livesOn = signal == BrokenPipe || (_protected && OfSchedulers.Contains(signal));
        if (!livesOn)
        {
            OnEnd?.Invoke();
        }
        return livesOn;
    }

    public void Dispose() => _source.Dispose();
}
