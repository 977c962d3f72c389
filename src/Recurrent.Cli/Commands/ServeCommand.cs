using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
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
            Description = "The model files. Requests name each by its file's name, or by NAME if it is NAME=FILE.",
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
        var noPage = new Option<bool>("--no-page")
        {
            Description = "Leave out the page at / to write with the models.",
        };
        foreach (
            var option in (Option[])
                [port, host, key, rows, queue, tokens, body, connections, ttl, memory, prefixes, drain, noPage]
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
            var named = Named(parsed.GetRequiredValue(models));
            SharedFramework.Use("serve");
            return Run([.. named.Select(Load)], options, TimeSpan.FromSeconds(parsed.GetValue(drain)), context);
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

    /// <summary>The models' names and files.</summary>
    private static List<(string Name, string Path)> Named(IEnumerable<string> given)
    {
        var named = given.Select(One).ToList();
        return named.GroupBy(model => model.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new UsageException($"Two models are called \"{twice.Key}\"; give one of them as NAME=FILE.")
            : named;

        static (string Name, string Path) One(string argument)
        {
            var sign = argument.IndexOf('=', StringComparison.Ordinal);
            return sign > 0 && !File.Exists(argument)
                ? (argument[..sign], argument[(sign + 1)..])
                : (Path.GetFileNameWithoutExtension(argument), argument);
        }
    }

    private static ServedModel Load((string Name, string Path) named)
    {
        const int HashLength = 12;
        var trained = ModelFileArgument.LoadForward(named.Path, "cannot be served");
        using var file = File.OpenRead(named.Path);
        return new(named.Name, trained)
        {
            Fingerprint = $"{Convert.ToHexStringLower(SHA256.HashData(file))[..HashLength]}-{Installation.Version}",
            Created = new DateTimeOffset(File.GetLastWriteTimeUtc(named.Path)).ToUnixTimeSeconds(),
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // what it calls stands on a framework that is only there by now
    private static int Run(IReadOnlyList<ServedModel> models, ServerOptions options, TimeSpan drain, CliContext context)
    {
        context.Interruption.Protect();
        RunAsync(models, options, drain, context).GetAwaiter().GetResult();
        return ExitCode.Success;
    }

    private static async Task RunAsync(
        IReadOnlyList<ServedModel> models,
        ServerOptions options,
        TimeSpan drain,
        CliContext context
    )
    {
        // Another process begins at another time, or has another number.
        var random = new RandomStream(context.Time.GetUtcNow().Ticks, (ulong)Environment.ProcessId);
        var server = await ModelServer
            .StartAsync(models, options, context.Time, random, line => context.Error.WriteLine(line))
            .ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            context.Out.WriteLine(
                $"Serving {string.Join(", ", models.Select(model => model.Name))} at {server.Address}, for example:"
            );
            var authorization = options.ApiKey is null ? "" : " -H \"Authorization: Bearer KEY\"";
            var name = models.Count > 1 ? $"\"model\": \"{models[0].Name}\", " : "";
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
}
