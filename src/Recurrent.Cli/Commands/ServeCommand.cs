using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Server;
using Recurrent.Server.Engines;
using Recurrent.Text;

namespace Recurrent.Cli.Commands;

/// <summary>
/// The verb <c>serve</c>: models behind HTTP, until a signal ends it. The other verbs load neither the server nor what
/// it stands on.
/// </summary>
internal static class ServeCommand
{
    private const int DefaultDrain = 10; // seconds

    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "serve",
            "Put models behind HTTP: texts as OpenAI's clients ask for completions, and scores of lines.",
            ("recurrent serve story.safetensors", "for the programs of this machine"),
            ("recurrent serve story.safetensors names=n.safetensors --port 0", "two models, at any free port"),
            ("recurrent serve story.safetensors --host 0.0.0.0 --api-key KEY", "for other machines")
        )
        {
            ReadsVariables = true,
        };
        var models = new Argument<string[]>("MODEL")
        {
            HelpName = "MODEL",
            Description =
                "The model files. Requests name each by its file's name, or by NAME if it is NAME=FILE. Those that "
                + "have changed are loaded again at SIGHUP.",
            Arity = ArgumentArity.OneOrMore,
        };
        UsageError.RequireNames(models, verb, "model file");
        verb.Arguments.Add(models);
        var port = Limit(
            "--port",
            "The port to listen at; 0 for any that is free. This, and each other option that is not given, is read "
                + "from the environment, as RECURRENT_PORT.",
            ServerOptions.DefaultPort,
            65535,
            0
        );
        var host = new Option<string>("--host")
        {
            Description = "The address to listen at; one that other machines reach needs a key.",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var key = new Option<string?>("--api-key")
        {
            Description = "A key that requests must send, as Authorization: Bearer KEY. [default: none]",
            HelpName = "KEY",
        };
        var keyFile = new Option<string?>("--api-key-file")
        {
            Description = "A file of such keys, one a line, each with sessions of its own. [default: none]",
            HelpName = "FILE",
        };
        var metricsKey = new Option<string?>("--metrics-key")
        {
            Description = "A key for the metrics alone; without it they are as open as all else. [default: none]",
            HelpName = "KEY",
        };
        var unix = new Option<string?>("--unix")
        {
            Description = "The socket to listen at in place of an address, for the programs of this machine's user.",
            HelpName = "PATH",
        };
        var insecure = new Option<bool>("--insecure")
        {
            Description = "Let other machines use the models without a key.",
        };
        var origins = new Option<string[]>("--cors-origin")
        {
            Description =
                "Pages that may use the server from a browser, such as https://app.example, or * for all; may be given "
                + "several times. [default: none but this machine's, which cannot read answers]",
            HelpName = "ORIGIN",
            Arity = new ArgumentArity(1, 1000),
        };
        var chat = new Option<bool>("--chat")
        {
            Description = "Answer chats, too: the messages, one after the other, are the prompt.",
        };
        var separator = new Option<string?>("--chat-separator")
        {
            Description = $"What stands between two messages of a chat. {EscapedText.Rule} [default: nothing]",
            HelpName = "TEXT",
        };
        var rows = Limit("--max-rows", "Texts that a model reads side by side.", ServerOptions.DefaultMaxRows, 4096);
        var queue = Limit("--max-queue", "Texts that may wait.", ServerOptions.DefaultMaxQueue, 1_000_000);
        var tokens = Limit("--max-tokens", "Tokens of a text.", ServerOptions.DefaultMaxTokens, 100_000_000);
        var body = Limit("--max-body", "Megabytes of a request.", ServerOptions.DefaultMaxBody, 1000);
        var logProbs = Limit(
            "--max-logprobs",
            "Likeliest tokens that a request may ask for at each place.",
            ServerOptions.DefaultMaxLogProbs,
            1_000_000
        );
        var interval = Limit(
            "--stream-interval",
            "Milliseconds for which the pieces of a streamed text are gathered, but for its first; 0 for one a token.",
            ServerOptions.DefaultStreamInterval,
            10_000,
            0
        );
        var ping = Limit(
            "--sse-ping",
            "Seconds of silence after which a stream says that it is alive; 0 for never.",
            ServerOptions.DefaultSsePing,
            3600,
            0
        );
        var connections = Limit("--max-connections", "Connections.", ServerOptions.DefaultMaxConnections, 1_000_000);
        var ttl = Limit(
            "--session-ttl",
            "Seconds that a session is kept after its last use.",
            ServerOptions.DefaultSessionTtl,
            2_592_000
        );
        var memory = Limit(
            "--session-memory",
            "Megabytes of all sessions; those used longest ago make room.",
            ServerOptions.DefaultSessionMemory,
            1_000_000
        );
        var prefixes = Limit(
            "--prefix-cache",
            "Megabytes of states of prompts, so that one that begins like another is not read again; 0 for none.",
            ServerOptions.DefaultPrefixCache,
            1_000_000,
            0
        );
        var drain = Limit(
            "--drain",
            "Seconds that requests are given to end after Ctrl-C or SIGTERM. A second signal ends them at once.",
            DefaultDrain,
            3600,
            0
        );
        var log = new ChoiceOption<LogFormat>(
            "--log",
            "How each request is told of on standard error: a line, without any text of it.",
            ("text", LogFormat.Text),
            ("json", LogFormat.Json),
            ("none", LogFormat.None)
        );
        var noCounts = new Option<bool>("--no-counts")
        {
            Description = "Leave out the counts of models that have them: serve their networks alone.",
        };
        var noPage = new Option<bool>("--no-page")
        {
            Description = "Leave out the page at / to write with the models.",
        };
        Option[] inOrder =
        [
            port,
            host,
            unix,
            key,
            keyFile,
            metricsKey,
            insecure,
            origins,
            chat,
            separator,
            rows,
            queue,
            tokens,
            logProbs,
            body,
            connections,
            interval,
            ping,
            ttl,
            memory,
            prefixes,
            drain,
            log,
            noCounts,
            noPage,
        ];
        foreach (var option in inOrder)
        {
            verb.Options.Add(option);
        }
        verb.SetAction(parsed =>
        {
            var options = new ServerOptions
            {
                Host = AddressOf(parsed.GetRequiredValue(host)),
                Port = parsed.GetValue(port),
                UnixPath = parsed.GetValue(unix) is { } path ? SocketOf(path) : null,
                ApiKeys =
                [
                    .. parsed.GetValue(key) is { Length: > 0 } given ? [given] : Array.Empty<string>(),
                    .. parsed.GetValue(keyFile) is { } file ? KeysIn(file) : [],
                ],
                MetricsKey = parsed.GetValue(metricsKey),
                IsInsecure = parsed.GetValue(insecure),
                CorsOrigins = [.. (parsed.GetValue(origins) ?? []).Select(OriginOf)],
                ChatSeparator = parsed.GetValue(chat) ? EscapedText.Read(parsed.GetValue(separator) ?? "") : null,
                MaxRows = parsed.GetValue(rows),
                MaxQueue = parsed.GetValue(queue),
                MaxTokens = parsed.GetValue(tokens),
                MaxBody = parsed.GetValue(body),
                MaxLogProbs = parsed.GetValue(logProbs),
                MaxConnections = parsed.GetValue(connections),
                Gathering = TimeSpan.FromMilliseconds(parsed.GetValue(interval)),
                Patience = parsed.GetValue(ping) is > 0 and var seconds
                    ? TimeSpan.FromSeconds(seconds)
                    : Timeout.InfiniteTimeSpan,
                SessionTtl = TimeSpan.FromSeconds(parsed.GetValue(ttl)),
                SessionMemory = parsed.GetValue(memory),
                PrefixCache = parsed.GetValue(prefixes),
                HasPage = !parsed.GetValue(noPage),
            };
            if (!IPAddress.IsLoopback(options.Host) && options is { ApiKeys: [], UnixPath: null, IsInsecure: false })
            {
                throw new UsageException(
                    $"--host {options.Host} can be reached from other machines and there is no key; give --api-key "
                        + "or --api-key-file, or set RECURRENT_API_KEY."
                );
            }
            if (options.UnixPath is not null && (host.IsGiven(parsed) || port.IsGiven(parsed)))
            {
                throw new UsageException("--unix listens at no address; leave out --host and --port.");
            }
            if (options.ChatSeparator is null && separator.IsGiven(parsed))
            {
                throw new UsageException("--chat-separator is given without --chat; give both.");
            }
            var files = ServedFile.Of(parsed.GetRequiredValue(models), parsed.GetValue(noCounts));
            SharedFramework.Use("serve");
            return Run(files, options, log.Of(parsed), TimeSpan.FromSeconds(parsed.GetValue(drain)), context);
        });
        return verb;
    }

    private static Option<int> Limit(string name, string description, int byDefault, int most, int least = 1) =>
        NumberOption.Of(name, description, Within.From(least, most), byDefault);

    private static IPAddress AddressOf(string host) =>
        host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out var address) ? address
        : throw new UsageException(
            $"--host is \"{host}\" and must be an address, such as 127.0.0.1, or 0.0.0.0 for all of this machine's."
        );

    private static string SocketOf(string path)
    {
        const int MostBytes = 107; // of a socket's address, as Linux has it
        var full = Path.GetFullPath(path);
        return Encoding.UTF8.GetByteCount(full) is var bytes && bytes > MostBytes
            ? throw new UsageException(
                $"--unix is {full}, of {bytes} bytes, and may have {MostBytes}; choose a shorter path."
            )
            : full;
    }

    private static string[] KeysIn(string file)
    {
        var lines = TextFile.Read(file).Split('\n').Select(line => line.Trim());
        string[] keys = [.. lines.Where(line => line.Length > 0)];
        return keys.Length > 0 ? keys : throw new UsageException($"{file} has no key; write one on a line.");
    }

    private static string OriginOf(string origin) =>
        origin == "*" || (Uri.TryCreate(origin, UriKind.Absolute, out var page) && Is(page, origin))
            ? origin
            : throw new UsageException(
                $"--cors-origin is \"{origin}\" and must be an origin, such as https://app.example, or *."
            );

    /// <summary>Whether an address has nothing but a scheme, a host and a port, as browsers write them.</summary>
    private static bool Is(Uri page, string origin) =>
        page.Host.Length > 0
        && string.Equals(origin, $"{page.Scheme}://{page.Authority}", StringComparison.OrdinalIgnoreCase);

    [MethodImpl(MethodImplOptions.NoInlining)] // what it calls stands on a framework that is only there by now
    private static int Run(
        IReadOnlyList<ServedFile> files,
        ServerOptions options,
        LogFormat log,
        TimeSpan drain,
        CliContext context
    )
    {
        RunAsync(files, options, log, drain, context).GetAwaiter().GetResult();
        return ExitCode.Success;
    }

    private static async Task RunAsync(
        IReadOnlyList<ServedFile> files,
        ServerOptions options,
        LogFormat log,
        TimeSpan drain,
        CliContext context
    )
    {
        // Another process begins at another time, or has another number.
        var random = new RandomStream(context.Time.GetUtcNow().Ticks, (ulong)Environment.ProcessId);
        var notes = new NoteQueue(context.Error, context.Time);
        await using var written = notes.ConfigureAwait(false);
        var server = await ModelServer
            .StartAsync(
                Load(files, context),
                options,
                context.Time,
                random,
                notes.Add,
                log switch
                {
                    LogFormat.Text => record => notes.Add(record.ToString()),
                    LogFormat.Json => record => notes.Add(record.ToJson()),
                    _ => null,
                }
            )
            .ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            ServedFile.ReloadAtHangups(files, server, context);
            var (place, address) = options.UnixPath is { } path
                ? (path, $"--unix-socket {path} http://localhost")
                : (server.Address, server.Address);
            context.Out.WriteLine(
                $"Serving {string.Join(", ", files.Select(file => file.Name))} at {place}, for example:"
            );
            var authorization = options.ApiKeys.Count == 0 ? "" : " -H \"Authorization: Bearer KEY\"";
            var name = files.Count > 1 ? $"\"model\": \"{files[0].Name}\", " : "";
            context.Out.WriteLine(
                $"curl {address}/v1/completions{authorization} "
                    + $"-d '{{{name}\"prompt\": \"the \", \"max_tokens\": 100}}'"
            );
            await context.Out.FlushAsync().ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, context.Interruption.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await server.StopAsync(drain).ConfigureAwait(false);
        }
    }

    private static List<ServedModel> Load(IReadOnlyList<ServedFile> files, CliContext context)
    {
        var models = files.Select(file => file.Load()).ToList();
        context.Interruption.Protect();
        return models;
    }

    private enum LogFormat
    {
        Text,
        Json,
        None,
    }
}
