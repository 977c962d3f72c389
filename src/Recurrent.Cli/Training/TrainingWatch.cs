using System.Runtime.CompilerServices;
using Recurrent.Cli.Hosting;
using Recurrent.Reports;
using Recurrent.Server;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>
/// The page that a run can be watched on, for as long as it goes on. A run without it loads neither the server nor what
/// it stands on.
/// </summary>
internal sealed class TrainingWatch : IDisposable
{
    private readonly LiveReport _report;
    private readonly WatchServer _server;
    private volatile bool _hasEnded;

    [MethodImpl(MethodImplOptions.NoInlining)] // what it calls stands on a framework that is only there by now
    private TrainingWatch(int port, CliContext context)
    {
        _report = new LiveReport(context.Time);
        _server = WatchServer
            .StartAsync(port, () => _report.ToHtml(isLast: _hasEnded), context.Time)
            .GetAwaiter()
            .GetResult();
        context.Error.WriteLine($"Watch the run at {_server.Address} until it ends.");
    }

    /// <summary>What the run is to tell.</summary>
    public ITrainingObserver Observer => _report;

    /// <summary>Starts the page.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="context">The world outside.</param>
    /// <exception cref="FailureException">ASP.NET Core is not installed.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static TrainingWatch Start(int port, CliContext context)
    {
        SharedFramework.Use("--watch");
        return new TrainingWatch(port, context);
    }

    /// <summary>Shows the end to those who watch, and ends.</summary>
    public void Dispose()
    {
        _hasEnded = true;
        _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _report.Dispose();
    }
}
