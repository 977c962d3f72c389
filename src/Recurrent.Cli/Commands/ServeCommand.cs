using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Server;
using Recurrent.Server.Engines;

namespace Recurrent.Cli.Commands;

/// <summary>
/// The verb <c>serve</c>: models behind HTTP, until a signal ends it. The other verbs load neither the server nor what
/// it stands on.
/// </summary>
internal static class ServeCommand
{
    private const string KeyVariable = "RECURRENT_API_KEY";
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
        );
        var models = new Argument<string[]>("MODEL")
        {
            HelpName = "MODEL",
            Description =
                "The model files. Requests name each by its file's name, or by NAME if it is NAME=FILE. Those that have "
                + "changed are loaded again at SIGHUP.",
            Arity = ArgumentArity.OneOrMore,
        };
        verb.Arguments.Add(models);
        var port = Limit(
            "--port",
            "The port to listen at; 0 for any that is free.",
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
            Description =
                "A key that requests must send, as Authorization: Bearer KEY. "
                + $"[default: that of {KeyVariable}, or none]",
            HelpName = "KEY",
        };
        var rows = Limit("--max-rows", "Texts that a model reads side by side.", ServerOptions.DefaultMaxRows, 4096);
        var queue = Limit("--max-queue", "Texts that may wait.", ServerOptions.DefaultMaxQueue, 1_000_000);
        var tokens = Limit("--max-tokens", "Tokens of a text.", ServerOptions.DefaultMaxTokens, 100_000_000);
        var body = Limit("--max-body", "Megabytes of a request.", ServerOptions.DefaultMaxBody, 1000);
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
        var noPage = new Option<bool>("--no-page")
        {
            Description = "Leave out the page at / to write with the models.",
        };
        foreach (
            var option in (Option[])
                [port, host, key, rows, queue, tokens, body, connections, ttl, memory, prefixes, drain, log, noPage]
        )
        {
            verb.Options.Add(option);
        }
        verb.SetAction(parsed =>
        {
            var given = parsed.GetValue(key) ?? Environment.GetEnvironmentVariable(KeyVariable);
            var options = new ServerOptions
            {
                Host = AddressOf(parsed.GetRequiredValue(host)),
                Port = parsed.GetValue(port),
                ApiKey = string.IsNullOrEmpty(given) ? null : given,
                MaxRows = parsed.GetValue(rows),
                MaxQueue = parsed.GetValue(queue),
                MaxTokens = parsed.GetValue(tokens),
                MaxBody = parsed.GetValue(body),
                MaxConnections = parsed.GetValue(connections),
                SessionTtl = TimeSpan.FromSeconds(parsed.GetValue(ttl)),
                SessionMemory = parsed.GetValue(memory),
                PrefixCache = parsed.GetValue(prefixes),
                HasPage = !parsed.GetValue(noPage),
            };
            if (!IPAddress.IsLoopback(options.Host) && options.ApiKey is null)
            {
                throw new UsageException(
                    $"--host {options.Host} can be reached from other machines and there is no key; give --api-key, "
                        + $"or set {KeyVariable}."
                );
            }
            var files = ServedFile.Of(parsed.GetRequiredValue(models));
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
        var server = await ModelServer
            .StartAsync(
                Load(files, context),
                options,
                context.Time,
                random,
                context.Error.WriteLine,
                log switch
                {
                    LogFormat.Text => record => context.Error.WriteLine(record.ToString()),
                    LogFormat.Json => record => context.Error.WriteLine(record.ToJson()),
                    _ => null,
                }
            )
            .ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            ReloadAtHangups(server, files, context);
            context.Out.WriteLine(
                $"Serving {string.Join(", ", files.Select(file => file.Name))} at {server.Address}, for example:"
            );
            var authorization = options.ApiKey is null ? "" : " -H \"Authorization: Bearer KEY\"";
            var name = files.Count > 1 ? $"\"model\": \"{files[0].Name}\", " : "";
            context.Out.WriteLine(
                $"curl {server.Address}/v1/completions{authorization} "
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

    /// <summary>
    /// Loads what has changed again at each SIGHUP, but where that tells of a terminal that was closed, and on Windows,
    /// where it tells of nothing else.
    /// </summary>
    private static void ReloadAtHangups(ModelServer server, IReadOnlyList<ServedFile> files, CliContext context)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        var reloading = new Lock();
        var hadTerminal = HasTerminal();
        context.Interruption.OnHangup = () =>
        {
            if (hadTerminal && !HasTerminal())
            {
                return false;
            }
            lock (reloading)
            {
                foreach (var file in files)
                {
                    file.Reload(server, context.Error);
                }
            }
            return true;
        };
    }

    /// <summary>Whether there is a terminal whose user has started this process.</summary>
    private static bool HasTerminal()
    {
        try
        {
            File.OpenHandle("/dev/tty").Dispose();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private enum LogFormat
    {
        Text,
        Json,
        None,
    }
}
