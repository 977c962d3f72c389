using Microsoft.AspNetCore.Http;
using Recurrent.Randomness;
using Recurrent.Server.Contract;
using Recurrent.Server.Engines;
using Recurrent.Server.Sessions;
using Recurrent.Server.Telemetry;

namespace Recurrent.Server.Endpoints;

/// <summary>What the endpoints of a server share.</summary>
/// <param name="models">The models, at least one.</param>
/// <param name="limits">The limits of a request.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Where names of answers and seeds that nobody has given come from.</param>
internal sealed class ServerState(
    IReadOnlyList<ServedModel> models,
    RequestLimits limits,
    TimeProvider time,
    RandomStream random
) : IDisposable
{
    /// <summary>The name of the item that says whose request it is.</summary>
    public const string OwnerItem = "owner";

    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _replacing = new();
    private IReadOnlyList<ServedModel> _models = models;
    private ulong _drawn;
    private int _working;

    /// <summary>The models that requests which come now get, always of the same names in the same order.</summary>
    public IReadOnlyList<ServedModel> Models => Volatile.Read(ref _models);

    /// <summary>The limits of a request.</summary>
    public RequestLimits Limits { get; } = limits;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>What is counted.</summary>
    public ServerMetrics Metrics { get; } = new(models);

    /// <summary>What stands between the messages of a chat; null where there is no chat.</summary>
    public string? ChatSeparator { get; init; }

    /// <summary>The texts that are kept between requests.</summary>
    public required SessionStore Sessions { get; init; }

    /// <summary>What is known of the prompts that were read last.</summary>
    public required PrefixCache Prefixes { get; init; }

    /// <summary>Whether there is a page to write with the models.</summary>
    public bool HasPage { get; init; } = true;

    /// <summary>The silence after which a reader is told that the text is still to come.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time for which a reader of events may take nothing before it is taken for gone.</summary>
    public TimeSpan LongestFlush { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether no more work is taken.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Cancelled where work that is not finished is broken off.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Whose request it is; all are one's where there is no key.</summary>
    public static string OwnerOf(HttpContext context) => context.Items[OwnerItem] as string ?? "";

    /// <summary>What is known of the prompts of whose request it is.</summary>
    public KnownPrompts PromptsOf(HttpContext context) => new(Prefixes, OwnerOf(context));

    /// <summary>64 random bits, others each time.</summary>
    public ulong Draw() => random.Fork(Interlocked.Increment(ref _drawn)).Stream;

    /// <summary>A seed of 53 bits, which those can repeat to whom every number is a floating-point one.</summary>
    public long DrawSeed() => (long)(Draw() >> 11);

    /// <summary>A name for an answer.</summary>
    public string NewId(string prefix) => $"{prefix}{Draw():x16}";

    /// <summary>The time in seconds since 1970.</summary>
    public long Now() => Time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Gives a job's rows to a model while someone waits for them; what then still runs is dropped.</summary>
    /// <exception cref="ApiException">Too many wait already.</exception>
    public static async Task WithRowsAsync(
        ServedModel model,
        EngineJob job,
        IReadOnlyList<EngineRow> rows,
        Func<Task> wait
    )
    {
        if (!model.Engine.TrySubmit(rows))
        {
            throw ApiException.QueueFull();
        }
        try
        {
            await wait().ConfigureAwait(false);
        }
        finally
        {
            if (!job.Finished.IsCompleted)
            {
                model.Engine.Drop(job);
            }
        }
    }

    /// <summary>Puts a model, whose engine is started, in the place of the one of its name, which is retired.</summary>
    public void Replace(ServedModel model)
    {
        lock (_replacing)
        {
            var old = Models.Single(one => one.Name == model.Name);
            Volatile.Write(ref _models, [.. Models.Select(one => one == old ? model : one)]);
            old.Engine.Retire();
        }
    }

    /// <summary>Counts work that a server waits for at its end.</summary>
    /// <exception cref="ApiException">It takes no more.</exception>
    public void Enter()
    {
        Interlocked.Increment(ref _working);
        if (IsDraining)
        {
            Leave();
            throw ApiException.Ending("draining");
        }
    }

    /// <summary>Counts the end of work.</summary>
    public void Leave() => Interlocked.Decrement(ref _working);

    /// <summary>Takes no more work, waits for what there is, and breaks off the rest.</summary>
    public async Task DrainAsync(TimeSpan longest)
    {
        const int Interval = 10; // milliseconds
        IsDraining = true;
        var start = Time.GetTimestamp();
        while (Volatile.Read(ref _working) > 0 && Time.GetElapsedTime(start) < longest)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Interval), Time).ConfigureAwait(false);
        }
        await _ending.CancelAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        Metrics.Dispose();
        _ending.Dispose();
    }
}
