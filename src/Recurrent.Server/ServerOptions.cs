using System.Net;

namespace Recurrent.Server;

/// <summary>Where a server listens, to whom, and how much it takes on.</summary>
internal sealed record ServerOptions
{
    // Constants, because those that ask for a default need not load this assembly.
    public const int DefaultPort = 8080;
    public const int DefaultMaxRows = 256;
    public const int DefaultMaxQueue = 1024;
    public const int DefaultMaxTokens = 100_000;
    public const int DefaultMaxBody = 4;
    public const int DefaultMaxConnections = 4096;
    public const int DefaultMaxLogProbs = 5;
    public const int DefaultStreamInterval = 10;
    public const int DefaultSsePing = 30;
    public const int DefaultSessionTtl = 3600;
    public const int DefaultSessionMemory = 64;
    public const int DefaultPrefixCache = 16;

    /// <summary>The address to listen at: this machine's own, unless there is a key.</summary>
    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any that is free.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The socket of this machine to listen at in place of an address; null for none.</summary>
    public string? UnixPath { get; init; }

    /// <summary>Whether requests without a key may call this machine by any name.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>The origins of pages that may read answers, or * for all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>What stands between the messages of a chat; null where there is no chat.</summary>
    public string? ChatSeparator { get; init; }

    /// <summary>The keys of which requests must name one; none for no key.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>A key that lets see the metrics and nothing else; null for none.</summary>
    public string? MetricsKey { get; init; }

    /// <summary>The number of texts that each model reads side by side at most.</summary>
    public int MaxRows { get; init; } = DefaultMaxRows;

    /// <summary>The number of texts that wait for a place at most.</summary>
    public int MaxQueue { get; init; } = DefaultMaxQueue;

    /// <summary>The largest number of tokens that a request may ask for.</summary>
    public int MaxTokens { get; init; } = DefaultMaxTokens;

    /// <summary>The largest number of the likeliest tokens that a request may ask for at each place.</summary>
    public int MaxLogProbs { get; init; } = DefaultMaxLogProbs;

    /// <summary>The largest body of a request, in megabytes.</summary>
    public int MaxBody { get; init; } = DefaultMaxBody;

    /// <summary>The largest number of connections.</summary>
    public int MaxConnections { get; init; } = DefaultMaxConnections;

    /// <summary>The time for which a session is kept after its last use.</summary>
    public TimeSpan SessionTtl { get; init; } = TimeSpan.FromSeconds(DefaultSessionTtl);

    /// <summary>The memory that all sessions may take, in megabytes.</summary>
    public int SessionMemory { get; init; } = DefaultSessionMemory;

    /// <summary>The memory that states of prompts may take, in megabytes; 0 to keep none.</summary>
    public int PrefixCache { get; init; } = DefaultPrefixCache;

    /// <summary>Whether there is a page to write with the models.</summary>
    public bool HasPage { get; init; } = true;

    /// <summary>The time for which the pieces of a text are gathered, but for its first; 0 for one a token.</summary>
    public TimeSpan Gathering { get; init; } = TimeSpan.FromMilliseconds(DefaultStreamInterval);

    /// <summary>The silence after which a reader is told that the text is still to come; −1 ms for never.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(DefaultSsePing);

    /// <summary>
    /// The time for which a reader of events may take nothing at all before it is taken for gone. Its text waits for
    /// it, so a reader may be as slow as it likes.
    /// </summary>
    public TimeSpan LongestFlush { get; init; } = TimeSpan.FromMinutes(10);
}
