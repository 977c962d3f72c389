using System.Runtime.InteropServices;

namespace Recurrent.Cli.Hosting;

/// <summary>Passes this process's signals on to an <see cref="Interruption"/>.</summary>
internal sealed class ProcessSignals : IDisposable
{
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    /// <summary>Begins to listen.</summary>
    public ProcessSignals(Interruption interruption)
    {
        _interrupt = Pass(PosixSignal.SIGINT, Interruption.Interrupt);
        _terminate = Pass(PosixSignal.SIGTERM, Interruption.Terminate);

        PosixSignalRegistration Pass(PosixSignal signal, int number) =>
            PosixSignalRegistration.Create(signal, context => context.Cancel = interruption.Receive(number));
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
    }
}
