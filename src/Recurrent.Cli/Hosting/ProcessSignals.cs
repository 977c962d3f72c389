using System.Runtime.InteropServices;

namespace Recurrent.Cli.Hosting;

/// <summary>The signals of this process, passed on to an <see cref="Interruption"/>.</summary>
internal sealed class ProcessSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Starts listening.</summary>
    public ProcessSignals(Interruption interruption)
    {
        _registrations =
        [
            Pass(PosixSignal.SIGHUP, Interruption.Hangup),
            Pass(PosixSignal.SIGINT, Interruption.Interrupt),
            Pass(PosixSignal.SIGTERM, Interruption.Terminate),
            .. OperatingSystem.IsWindows()
                ? []
                : Interruption.OfSchedulers.Select(number => Pass((PosixSignal)number, number)),
        ];

        PosixSignalRegistration Pass(PosixSignal signal, int number) =>
            PosixSignalRegistration.Create(signal, context => context.Cancel = interruption.Receive(number));
    }

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());
}
