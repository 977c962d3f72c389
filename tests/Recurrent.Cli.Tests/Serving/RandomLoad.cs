using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Randomness;

namespace Recurrent.Cli.Tests.Serving;

/// <summary>
/// Random requests to <c>recurrent serve</c>, some of whose clients go away and some of whose bodies are damaged, while
/// a model's file is replaced, damaged and deleted. In the end each request must have been answered and logged once,
/// none with a fault of the server's, the same ones the same, and what the metrics count must be the sum of what the
/// answers and the log tell.
/// </summary>
/// <param name="folder">Where the models' files are put.</param>
/// <param name="versions">Good files of the model that is replaced, each other than the one before.</param>
/// <param name="seed">The seed of all.</param>
internal sealed class RandomLoad(string folder, IReadOnlyList<byte[]> versions, long seed)
{
    private const int Clients = 32;
    private const int ReloadInterval = 200; // requests
    private const int MaxProblems = 20;
    private const int Samples = 100; // of the server's memory
    private const int WarmUp = 40; // of them, in which the server compiles itself and fills its caches
    private const int Compared = 20; // of them, from there and up to the end, whose medians are compared
    private const int CacheMegabytes = 2; // small, so that they are full by then

    private static readonly string[] s_models = ["a", "b"];

    private readonly ConcurrentQueue<string> _problems = new();
    private readonly ConcurrentDictionary<string, (int Prompt, int Completion)> _usages = new();
    private readonly ConcurrentDictionary<string, int> _statuses = new(); // of those that have seen an answer's end
    private readonly ConcurrentDictionary<(int, string), string> _known = new();
    private readonly Lock _gate = new();
    private int _begun;
    private int _gone;
    private int _sessions; // whose texts were compared
    private int _reloads;
    private int _failedReloads;

    /// <summary>What was not as it must be, the first of it.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Runs it.</summary>
    /// <param name="count">The number of requests.</param>
    /// <param name="longest">The time after which no more are begun.</param>
    /// <param name="tell">Takes lines about what has happened.</param>
    /// <returns>
    /// The bytes by which the server has grown from the third fifth of it to the last; 0 where nobody knows.
    /// </returns>
    public async Task<long> RunAsync(int count, TimeSpan longest, Action<string> tell)
    {
        var (a, b) = (Path.Combine(folder, "a.safetensors"), Path.Combine(folder, "b.safetensors"));
        await File.WriteAllBytesAsync(a, versions[0]);
        await File.WriteAllBytesAsync(b, versions[^1]);
        var caches = $"{CacheMegabytes}";
        using var server = await ServedProcess.StartAsync([
            a,
            b,
            "--log",
            "json",
            "--chat",
            "--session-memory",
            caches,
            "--prefix-cache",
            caches,
        ]);
        var start = TimeProvider.System.GetTimestamp();
        var memory = new List<long>();
        var reloading = ReloadAsync(server, a, 0);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => ClientAsync()));
        await reloading;
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        var metrics = await RestAsync(server);
        await server.SignalAsync("TERM");
        var exitCode = await server.EndAsync();
        Require(exitCode == 0, $"the exit code is {exitCode}");
        Compare(server, metrics);
        tell(
            $"{_begun:#,0} requests in {elapsed.TotalSeconds:F0} s, {_statuses.Values.Count(status => status == 200):#,0} "
                + $"answered, {_statuses.Values.Count(status => status >= 400):#,0} refused, {_gone:#,0} left; "
                + $"{_reloads} reloads, {_failedReloads} of damaged or missing files"
        );
        var (before, after) = (Median(memory.Skip(WarmUp).Take(Compared)), Median(memory.TakeLast(Compared)));
        tell($"{_sessions:#,0} texts of sessions compared; {_problems.Count} wrong");
        tell($"{before >> 10:#,0} kB after two fifths, {after >> 10:#,0} kB in the end");
        return after - before;

        async Task ClientAsync()
        {
            while (Interlocked.Increment(ref _begun) is var number && number <= count)
            {
                var passed = TimeProvider.System.GetElapsedTime(start);
                if (passed > longest)
                {
                    break;
                }
                await SendAsync(server, number);
                lock (_gate)
                {
                    if (Math.Max((double)number / count, passed / longest) * Samples > memory.Count)
                    {
                        memory.Add(Memory(server));
                        if (memory.Count % 10 == 0)
                        {
                            tell($"{number:#,0} requests in {passed.TotalSeconds:F0} s, {memory[^1] >> 10:#,0} kB");
                        }
                    }
                }
                if (number % ReloadInterval == 0)
                {
                    lock (_gate)
                    {
                        reloading = reloading.IsCompleted ? ReloadAsync(server, a, number) : reloading;
                    }
                }
            }
            Interlocked.Decrement(ref _begun);
        }
    }

    private static long Median(IEnumerable<long> values) => values.Order().ToList() is var all ? all[all.Count / 2] : 0;

    private static long Memory(ServedProcess server) => OperatingSystem.IsLinux() ? server.Memory : 0;

    private void Require(bool holds, string otherwise)
    {
        if (!holds && _problems.Count < MaxProblems)
        {
            _problems.Enqueue(otherwise);
        }
    }

    private async Task SendAsync(ServedProcess server, int number)
    {
        var random = new RandomStream(seed, (ulong)number);
        var asked = new RandomRequest(random, s_models);
        if (asked.Kind == RequestKind.Session)
        {
            await VisitAsync(server, number, random.Fork(1));
            return;
        }
        var method = asked.Body is null ? HttpMethod.Get : HttpMethod.Post;
        var id = $"r-{number}";
        if (await SendAsync(server, id, method, asked.Path, asked.Body, asked.GoesAwayAfter) is not { } answer)
        {
            return;
        }
        var text = Encoding.UTF8.GetString(answer.Body);
        Require(
            asked.Kind is RequestKind.Damaged or RequestKind.Other || answer.Status == 200,
            $"{id} to {asked.Path} has the status {answer.Status}: {text}"
        );
        Read(id, asked, answer.Status, text);
    }

    private async Task VisitAsync(ServedProcess server, int number, RandomStream random)
    {
        var isFirst = true; // of its requests
        var visit = new SessionVisit(random, s_models, AskAsync);
        var problem = await visit.RunAsync();
        Require(problem is null, $"r-{number}: {problem}");
        Interlocked.Add(ref _sessions, visit.IsCompared ? 1 : 0);

        async Task<(int Status, byte[] Body)?> AskAsync(HttpMethod method, string path, byte[]? body, TimeSpan? goes)
        {
            var id = $"r-{(isFirst ? number : Interlocked.Increment(ref _begun))}";
            isFirst = false;
            if (await SendAsync(server, id, method, path, body, goes) is not { } answer)
            {
                return null;
            }
            var text = Encoding.UTF8.GetString(answer.Body);
            Require(
                answer.Status == 200
                    || text.Contains("session_expired", StringComparison.Ordinal)
                    || text.Contains("it is of another model", StringComparison.Ordinal),
                $"{id} to {path} has the status {answer.Status}: {text}"
            );
            if (answer.Status == 200 && path == "/v1/completions")
            {
                TakeUsage(id, JsonNode.Parse(text)!["usage"]!);
            }
            return answer;
        }
    }

    /// <summary>Sends a request.</summary>
    /// <returns>Its answer; null where the client has left, or none has come.</returns>
    private async Task<(int Status, byte[] Body)?> SendAsync(
        ServedProcess server,
        string id,
        HttpMethod method,
        string path,
        byte[]? body,
        TimeSpan? goesAwayAfter
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new ByteArrayContent(body);
        request.Headers.Add("X-Request-Id", id);
        using var leaving = new CancellationTokenSource();
        if (goesAwayAfter is { } delay)
        {
            leaving.CancelAfter(delay);
        }
        try
        {
            using var response = await server.Client.SendAsync(request, leaving.Token);
            var bytes = await response.Content.ReadAsByteArrayAsync(leaving.Token);
            var status = (int)response.StatusCode;
            _statuses[id] = status;
            Require(response.Headers.GetValues("X-Request-Id").Single() == id, $"{id} has another name");
            Require(status < 500, $"{id} to {path} has the status {status}: {Encoding.UTF8.GetString(bytes)}");
            return (status, bytes);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            Interlocked.Increment(ref _gone);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            Require(false, $"{id} to {path}: {error.Message}");
        }
        return null;
    }

    private void Read(string id, RandomRequest asked, int status, string text)
    {
        if (status >= 400)
        {
            var fields = JsonNode.Parse(text)!["error"]!.AsObject().Select(field => field.Key);
            Require(fields.SequenceEqual(["message", "type", "param", "code"]), $"{id} has the error {text}");
        }
        else if (text.StartsWith("data: ", StringComparison.Ordinal))
        {
            ReadStream(id, asked, text);
        }
        else if (asked.Body is not null)
        {
            var answer = JsonNode.Parse(text)!;
            if (answer["usage"] is { } usage)
            {
                TakeUsage(id, usage);
            }
            if (answer["choices"] is JsonArray choices)
            {
                Require(choices.All(choice => choice!["finish_reason"] is not null), $"{id} has a text without an end");
                Compare(asked, answer, [.. choices.Select(choice => (string?)choice!["text"] ?? "")]);
            }
        }
    }

    private void ReadStream(string id, RandomRequest asked, string text)
    {
        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => line["data: ".Length..])
            .ToList();
        if (events[^1] != "[DONE]")
        {
            Require(false, $"{id} ends with {events[^1]}");
            return;
        }
        var pieces = events.Where(line => line[0] == '{').Select(line => JsonNode.Parse(line)!).ToList();
        var choices = pieces.SelectMany(piece => piece["choices"]!.AsArray()).ToLookup(one => (int)one!["index"]!);
        var ends = choices.Select(one => one.Count(piece => piece!["finish_reason"] is not null));
        Require(ends.All(count => count == 1), $"{id} has a text of no end, or of two");
        if (pieces[^1]["usage"] is { } usage)
        {
            TakeUsage(id, usage);
        }
        var texts = choices.OrderBy(one => one.Key).Select(one => string.Concat(one.Select(piece => piece!["text"])));
        Compare(asked, pieces[0], [.. texts]);
    }

    private void TakeUsage(string id, JsonNode usage) =>
        _usages[id] = ((int)usage["prompt_tokens"]!, (int?)usage["completion_tokens"] ?? 0);

    /// <summary>Each known request has one answer from each version of a model.</summary>
    private void Compare(RandomRequest asked, JsonNode answer, string[] texts)
    {
        if (asked.Kind == RequestKind.Known)
        {
            var (text, print) = (string.Join('\0', texts), $"{answer["model"]} {answer["system_fingerprint"]}");
            Require(_known.GetOrAdd((asked.Known, print), text) == text, $"known {asked.Known} of {print} has changed");
        }
    }

    /// <summary>Replaces a model's file, or damages or deletes it, and asks for it.</summary>
    private async Task ReloadAsync(ServedProcess server, string path, int number)
    {
        var random = new RandomStream(seed, ulong.MaxValue);
        var version = versions[number / ReloadInterval % versions.Count];
        var isGood = random.Below(3, (ulong)number) > 0;
        if (isGood)
        {
            await File.WriteAllBytesAsync(path + ".new", version);
            File.Move(path + ".new", path, overwrite: true);
        }
        else if (random.Below(2, (ulong)number + 1) == 0)
        {
            File.Delete(path);
        }
        else
        {
            await File.WriteAllBytesAsync(path, version[..^1]);
        }
        await server.SignalAsync("HUP");
        _reloads++;
        await server.ErrorAsync("b is unchanged.", _reloads);
        var line = server.Errors.Last(line => line.StartsWith("a ", StringComparison.Ordinal));
        _failedReloads += isGood ? 0 : 1;
        Require(line.StartsWith("a stays as it was. Cannot read ", StringComparison.Ordinal) != isGood, line);
    }

    /// <summary>Waits until nothing runs, and gives the metrics.</summary>
    private async Task<List<(string Name, double Value)>> RestAsync(ServedProcess server)
    {
        for (var attempt = 0; ; attempt++)
        {
            var metrics = (await server.Client.GetStringAsync("/metrics"))
                .Split('\n')
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => (line.Split(' ')[0], double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)))
                .ToList();
            if (Sum(metrics, "recurrent_rows_") == 0 || attempt == 100)
            {
                Require(attempt < 100, "texts are left in the end");
                return metrics;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private void Compare(ServedProcess server, List<(string Name, double Value)> metrics)
    {
        var lines = server.Records.Select(line => JsonNode.Parse(line)!).ToLookup(line => (string)line["id"]!);
        foreach (var (id, status) in _statuses)
        {
            var routine = status < 400 && !lines.Contains(id);
            Require(
                routine || lines[id].Select(line => (int)line["status"]!).SequenceEqual([status]),
                $"{id} of status {status} is logged {lines[id].Count()} times"
            );
        }
        foreach (var (id, usage) in _usages)
        {
            var logged = lines[id].Select(line => ((int)line["prompt_tokens"]!, (int)line["completion_tokens"]!));
            Require(logged.SequenceEqual([usage]), $"{id} has a usage of {usage}, and its line does not");
        }
        var all = lines.SelectMany(line => line).ToList();
        var done = all.Where(line => (int)line["status"]! == 200).ToList();
        var left = all.Where(line => (int)line["status"]! == 499).ToList();
        Equal("recurrent_completion_tokens_total", done.Sum(line => (double)line["completion_tokens"]!));
        Equal(
            "recurrent_prompt_tokens_total recurrent_scored_tokens_total",
            done.Sum(line => (double)line["prompt_tokens"]!)
        );
        Equal("recurrent_dropped_tokens_total", left.Sum(line => (double)line["completion_tokens"]!));
        Equal("recurrent_aborted_requests_total", left.Count);
        Equal("recurrent_reloads_total{model=\"a\",outcome=\"failed\"}", _failedReloads);
        Require(!all.Exists(line => (int)line["status"]! is >= 500), "a request has failed by the server's fault");
        foreach (var name in (string[])["recurrent_session_bytes", "recurrent_prefix_cache_bytes"])
        {
            Require(Sum(metrics, name) is > 0 and <= CacheMegabytes << 20, $"{name} is {Sum(metrics, name)}");
        }
        Require(!_usages.IsEmpty && !_known.IsEmpty && _sessions > 0, "nothing was compared");

        void Equal(string names, double expected)
        {
            var counted = names.Split(' ').Sum(name => Sum(metrics, name));
            Require(counted == expected, $"{names} is {counted}, and must be {expected}");
        }
    }

    private static double Sum(List<(string Name, double Value)> metrics, string beginning) =>
        metrics.Where(metric => metric.Name.StartsWith(beginning, StringComparison.Ordinal)).Sum(one => one.Value);
}
