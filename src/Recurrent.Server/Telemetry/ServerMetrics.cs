using System.Diagnostics.Metrics;
using Recurrent.Server.Engines;
using Recurrent.Server.Sessions;

namespace Recurrent.Server.Telemetry;

/// <summary>What a server counts. Labels are routes, statuses and models, never what a client has sent.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Recurrent.Server";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _promptTokens;
    private readonly Counter<long> _completionTokens;
    private readonly Counter<long> _cachedTokens;
    private readonly Counter<long> _scoredTokens;
    private readonly Counter<long> _texts;
    private readonly Counter<long> _aborted;
    private readonly Counter<long> _droppedTokens;
    private readonly Counter<long> _unknownFields;
    private readonly Counter<long> _reloads;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;

    /// <summary>Makes the instruments.</summary>
    public ServerMetrics(IEnumerable<ServedModel> models)
    {
        // Not the models themselves, whose memory must go when others take their places.
        var counted = models.Select(model => (Label: Model(model), model.Counts)).ToList();
        _requests = _meter.CreateCounter<long>("recurrent.requests", null, "Requests that were answered.");
        _promptTokens = _meter.CreateCounter<long>("recurrent.prompt.tokens", null, "Prompt tokens, as in usages.");
        _completionTokens = _meter.CreateCounter<long>(
            "recurrent.completion.tokens",
            null,
            "Written tokens, as in usages."
        );
        _cachedTokens = _meter.CreateCounter<long>("recurrent.cached.tokens", null, "Prompt tokens not read again.");
        _scoredTokens = _meter.CreateCounter<long>("recurrent.scored.tokens", null, "Tokens of scored lines.");
        _texts = _meter.CreateCounter<long>("recurrent.texts", null, "Texts that were answered to their end.");
        _aborted = _meter.CreateCounter<long>("recurrent.aborted.requests", null, "Requests whose client went away.");
        _droppedTokens = _meter.CreateCounter<long>(
            "recurrent.dropped.tokens",
            null,
            "Written tokens of requests that were broken off."
        );
        _reloads = _meter.CreateCounter<long>("recurrent.reloads", null, "Model files that were to be loaded again.");
        _unknownFields = _meter.CreateCounter<long>("recurrent.unknown.fields", null, "Fields nobody knows.");
        _duration = _meter.CreateHistogram<double>("recurrent.request.duration", "s", "Time of whole requests.");
        _firstToken = _meter.CreateHistogram<double>("recurrent.time.to.first.token", "s", "Time to the first token.");
        Observe("recurrent.rows.running", "Texts being read or written.", counts => counts.Running);
        Observe("recurrent.rows.waiting", "Texts that wait for a place.", counts => counts.Waiting);
        Total("recurrent.steps", "Steps of the engine.", counts => counts.Steps);
        Total("recurrent.step.rows", "Texts in all steps of the engine.", counts => counts.StepRows);
        Text = new MetricsText(_meter);

        void Observe(string name, string description, Func<EngineCounts, int> value) =>
            _meter.CreateObservableGauge(name, () => counted.Select(one => Of(one, value)), null, description);

        void Total(string name, string description, Func<EngineCounts, long> value) =>
            _meter.CreateObservableCounter(name, () => counted.Select(one => Of(one, value)), null, description);

        static Measurement<T> Of<T>(
            (KeyValuePair<string, object?> Label, EngineCounts Counts) model,
            Func<EngineCounts, T> value
        )
            where T : struct => new(value(model.Counts), model.Label);
    }

    /// <summary>All of it as text.</summary>
    public MetricsText Text { get; }

    /// <summary>Tells of what is kept between requests, too.</summary>
    public void Watch(SessionStore sessions, PrefixCache prefixes)
    {
        Observe("recurrent.sessions", "Sessions that are kept.", () => sessions.Count);
        Observe("recurrent.session.bytes", "Memory of the sessions.", () => sessions.Bytes);
        Observe("recurrent.prefix.cache.bytes", "Memory of the prompts' states.", () => prefixes.Bytes);
        _meter.CreateObservableCounter(
            "recurrent.sessions.dropped",
            () => sessions.Drops,
            null,
            "Sessions that were not used for long, or made room for others."
        );

        void Observe(string name, string description, Func<long> value) =>
            _meter.CreateObservableGauge(name, value, null, description);
    }

    /// <summary>Counts a request that has ended in any way.</summary>
    public void Finished(RequestRecord record)
    {
        if (record.Status == RequestRecord.Gone)
        {
            _aborted.Add(1);
        }
        else
        {
            _requests.Add(1, new("route", record.RoutePath), new("code", $"{record.Status}"));
            _duration.Record(record.Time.TotalSeconds, new KeyValuePair<string, object?>("route", record.RoutePath));
        }
        if (record is { Model: { } model, IsAnswered: false })
        {
            _droppedTokens.Add(record.CompletionTokens, Model(model));
        }
    }

    /// <summary>Counts a completion whose answer was written to its end.</summary>
    public void Completed(ServedModel model, long promptTokens, int completionTokens, TimeSpan? firstToken)
    {
        _promptTokens.Add(promptTokens, Model(model));
        _completionTokens.Add(completionTokens, Model(model));
        if (firstToken is { } time)
        {
            _firstToken.Record(time.TotalSeconds, Model(model));
        }
    }

    /// <summary>Counts prompt tokens that were not read again.</summary>
    public void Cached(ServedModel model, long tokens) => _cachedTokens.Add(tokens, Model(model));

    /// <summary>Counts a text that was answered.</summary>
    public void Ended(ServedModel model, string reason) => _texts.Add(1, Model(model), new("finish_reason", reason));

    /// <summary>Counts scored lines.</summary>
    public void Scored(ServedModel model, long tokens) => _scoredTokens.Add(tokens, Model(model));

    /// <summary>Counts a model file that was to be loaded again.</summary>
    public void Reloaded(string model, bool isDone) =>
        _reloads.Add(1, new("model", model), new("outcome", isDone ? "done" : "failed"));

    /// <summary>Counts fields that nobody knows.</summary>
    public void Ignored(int fields) => _unknownFields.Add(fields);

    public void Dispose()
    {
        Text.Dispose();
        _meter.Dispose();
    }

    private static KeyValuePair<string, object?> Model(ServedModel model) => new("model", model.Name);
}
