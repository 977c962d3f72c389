using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Recurrent.Server.Telemetry;

/// <summary>
/// Listens to a meter and tells what it has heard as Prometheus reads it. A name has underscores in place of dots, its
/// unit, and at a counter's end <c>_total</c>.
/// </summary>
internal sealed class MetricsText : IDisposable
{
    /// <summary>The content type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly double[] s_buckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>Begins to listen to a meter's instruments, those to come too.</summary>
    public MetricsText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                listener.EnableMeasurementEvents(instrument, Add(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Take(value, tags, family));
        _listener.Start();
    }

    /// <summary>What was heard so far, and what can be observed now.</summary>
    public override string ToString()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_gate)
        {
            foreach (var (name, family) in _families)
            {
                text.Append($"# HELP {name} {family.Help}\n# TYPE {name} {family.Type}\n");
                foreach (var (labels, series) in family.Series)
                {
                    series.Write(text, name, labels);
                }
            }
        }
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private Family Add(Instrument instrument)
    {
        var type = instrument switch
        {
            Counter<long> or ObservableCounter<long> => "counter",
            Histogram<double> => "histogram",
            _ => "gauge",
        };
        var unit = instrument.Unit is "s" ? "_seconds" : "";
        var end = type == "counter" ? "_total" : "";
        var family = new Family(instrument.Description ?? "", type, instrument.IsObservable);
        lock (_gate)
        {
            _families.Add($"{instrument.Name.Replace('.', '_')}{unit}{end}", family);
        }
        return family;
    }

    private void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var family = (Family)state!;
        var labels = new StringBuilder();
        foreach (var (name, label) in tags)
        {
            labels.Append(labels.Length > 0 ? "," : "").Append($"{name}=\"{Escaped($"{label}")}\"");
        }
        lock (_gate)
        {
            var key = labels.ToString();
            if (!family.Series.TryGetValue(key, out var series))
            {
                family.Series.Add(key, series = new Series(family.Type == "histogram"));
            }
            series.Take(value, family.IsObserved);
        }
    }

    private static string Escaped(string label) =>
        label
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed record Family(string Help, string Type, bool IsObserved)
    {
        public SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Series(bool isHistogram)
    {
        private readonly long[] _counts = new long[s_buckets.Length]; // of values up to each bound
        private double _sum;
        private long _count;

        public void Take(double value, bool isObserved)
        {
            _sum = isObserved ? value : _sum + value;
            _count++;
            for (var i = 0; isHistogram && i < _counts.Length; i++)
            {
                _counts[i] += value <= s_buckets[i] ? 1 : 0;
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            if (!isHistogram)
            {
                Line(name, labels, _sum);
                return;
            }
            var more = labels.Length > 0 ? "," : "";
            for (var i = 0; i < _counts.Length; i++)
            {
                Line($"{name}_bucket", $"{labels}{more}le=\"{Number(s_buckets[i])}\"", _counts[i]);
            }
            Line($"{name}_bucket", $"{labels}{more}le=\"+Inf\"", _count);
            Line($"{name}_sum", labels, _sum);
            Line($"{name}_count", labels, _count);

            void Line(string full, string all, double value) =>
                text.Append(full).Append(all.Length > 0 ? $"{{{all}}}" : "").Append($" {Number(value)}\n");
        }

        private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
    }
}
