using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Recurrent.Server.Telemetry;

/// <summary>
/// Sends what is counted, and a span for each request, to a collector that OpenTelemetry's environment variables name.
/// Where they name none, nothing of it is loaded.
/// </summary>
internal static class OtlpExport
{
    // Milliseconds at the end, for what was not sent yet: a collector that is not there must not hold up the end.
    private const int LongestFlush = 200;

    private static readonly string[] s_endpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    ];

    /// <summary>Begins to send, until it is disposed; null where no collector is named.</summary>
    public static IDisposable? Start() =>
        s_endpoints.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) ? Export() : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Providers Export() =>
        new(
            Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(Describe)
                .AddMeter(ServerMetrics.MeterName)
                .AddOtlpExporter()
                .Build(),
            Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(Describe)
                .AddSource("Microsoft.AspNetCore") // whose span of a request the pipeline tells more of
                .AddOtlpExporter()
                .Build()
        );

    private static void Describe(ResourceBuilder resource) =>
        resource.AddService("recurrent").AddEnvironmentVariableDetector(); // which may call it otherwise

    private sealed class Providers(MeterProvider metrics, TracerProvider traces) : IDisposable
    {
        public void Dispose()
        {
            metrics.Shutdown(LongestFlush);
            traces.Shutdown(LongestFlush);
            metrics.Dispose();
            traces.Dispose();
        }
    }
}
