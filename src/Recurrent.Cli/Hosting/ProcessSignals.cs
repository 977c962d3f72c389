using System.Runtime.InteropServices;

namespace Recurrent.Cli.Hosting;

/// <summary>Passes this process's signals on to an <see cref="Interruption"/>.</summary>
internal sealed class ProcessSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public ProcessSignals(Interruption interruption)
    {
        Register(PosixSignal.SIGINT, Interruption.Interrupt);
        Register(PosixSignal.SIGTERM, Interruption.Terminate);
        if (!OperatingSystem.IsWindows())
        {
            // The console's writer swallows the error of a broken pipe, so its signal is the only news of it.
            Register((PosixSignal)Interruption.BrokenPipe, Interruption.BrokenPipe);
        }

        void Register(PosixSignal signal, int number) =>
            _registrations.Add(
                PosixSignalRegistration.Create(
                    signal,
                    context => context.Cancel = interruption.Receive(number)
                )
            );
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
