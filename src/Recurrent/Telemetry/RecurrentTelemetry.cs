using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Recurrent.Telemetry;

/// <summary>
/// The names under which programs can watch the library at work; see docs/services.md. Nothing is measured that nobody
/// listens to.
/// </summary>
/// <example>
/// <code>
/// services.AddOpenTelemetry()
///     .WithMetrics(metrics => metrics.AddMeter(RecurrentTelemetry.MeterName))
///     .WithTracing(tracing => tracing.AddSource(RecurrentTelemetry.ActivitySourceName));
/// </code>
/// </example>
public static class RecurrentTelemetry
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Recurrent";

    /// <summary>
    /// The name of the source of activities: <c>recurrent.generate</c>, <c>recurrent.score</c>, <c>recurrent.train</c>.
    /// </summary>
    public const string ActivitySourceName = "Recurrent";

    /// <summary>Tokens written.</summary>
    internal static readonly Counter<long> GeneratedTokens;

    /// <summary>Tokens of lines that were scored.</summary>
    internal static readonly Counter<long> ScoredTokens;

    /// <summary>Tokens that training predicted.</summary>
    internal static readonly Counter<long> TrainedTokens;

    /// <summary>The perplexity of the last epoch.</summary>
    internal static readonly Gauge<double> Perplexity;

    private static readonly Histogram<double> s_duration;
    private static readonly ActivitySource s_source = new(ActivitySourceName);

    static RecurrentTelemetry()
    {
        var meter = new Meter(MeterName);
        GeneratedTokens = meter.CreateCounter<long>("recurrent.generated.tokens", "{token}", "Tokens written.");
        ScoredTokens = meter.CreateCounter<long>("recurrent.scored.tokens", "{token}", "Tokens of scored lines.");
        TrainedTokens = meter.CreateCounter<long>("recurrent.trained.tokens", "{token}", "Tokens trained on.");
        Perplexity = meter.CreateGauge<double>("recurrent.training.perplexity", "1", "Perplexity of the last epoch.");
        s_duration = meter.CreateHistogram<double>("recurrent.operation.duration", "s", "Time of whole operations.");
    }

    /// <summary>Begins an operation, which ends when the result is disposed.</summary>
    /// <param name="name">generate, score or train.</param>
    internal static Operation Begin(string name) => new(name);

    /// <summary>
    /// An operation. It may be left and gone on with, as an iterator is, so it never is the current activity of the
    /// code around it.
    /// </summary>
    internal readonly struct Operation : IDisposable
    {
        private readonly string _name;
        private readonly long? _start;
        private readonly Activity? _activity;

        public Operation(string name)
        {
            _name = name;
            _start = s_duration.Enabled ? TimeProvider.System.GetTimestamp() : null;
            var around = Activity.Current;
            _activity = s_source.StartActivity($"recurrent.{name}");
            Activity.Current = around;
        }

        public void Dispose()
        {
            var around = Activity.Current;
            _activity?.Dispose();
            Activity.Current = around;
            if (_start is { } start)
            {
                var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                s_duration.Record(seconds, new KeyValuePair<string, object?>("operation", _name));
            }
        }
    }
}
