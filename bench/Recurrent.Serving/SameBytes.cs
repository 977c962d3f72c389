using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Randomness;

namespace Recurrent.Serving;

/// <summary>Bar 1: the same request has the same bytes, whatever the server does and however it is asked.</summary>
internal static class SameBytes
{
    private const int Requests = 64;

    /// <summary>Asks the same requests in many ways.</summary>
    public static async Task RunAsync(Bench bench)
    {
        var file = bench.FileOf("gru", 256);
        var requests = Enumerable.Range(0, Requests).Select(RequestOf).ToList();
        string[] alone;
        using (var fresh = bench.Serve([file], "--prefix-cache 0"))
        {
            alone = await EachAsync(requests, request => WholeAsync(fresh, request));
        }
        using (var server = bench.Serve([file]))
        {
            var first = await EachAsync(requests, request => WholeAsync(server, request));
            Compare("where prompts are kept", first);
            Compare("from kept prompts", await EachAsync(requests, request => WholeAsync(server, request)));
            bench.Report(
                1,
                "tokens of prompts that were kept",
                $"{server.Metric("recurrent_cached_tokens_total"):N0}",
                "some",
                server.Metric("recurrent_cached_tokens_total") > 0
            );
            var resumed = requests.Zip(alone).Where(pair => !(bool)pair.First["echo"]!).ToList();
            var same = 0;
            foreach (var (request, answer) in resumed)
            {
                same += await ResumedAsync(server, request) == TextsOf(answer) ? 1 : 0;
            }
            bench.Report(
                1,
                "from a session with half of the prompt",
                $"{same} of {resumed.Count} answers",
                "the same texts and probabilities",
                same == resumed.Count
            );
            Compare("streamed", await EachAsync(requests, request => StreamedAsync(server, request)));
            foreach (var others in (int[])[2, 17, 200])
            {
                using var load = new StreamLoad(server.Address, others, number => StreamLoad.Body(number, 3000, "ab"));
                var busy = true;
                var loading = Task.Run(() =>
                {
                    while (Volatile.Read(ref busy))
                    {
                        load.Run(seconds: 0.05);
                    }
                });
                Compare($"shuffled, side by side, and beside {others} others", await ShuffledAsync(server));
                Volatile.Write(ref busy, false);
                await loading;
            }
        }
        var ways = new (string Name, (string, string)[] Environment)[]
        {
            ("on one thread", [("DOTNET_PROCESSOR_COUNT", "1")]),
            ("on two threads", [("DOTNET_PROCESSOR_COUNT", "2")]),
            ("without AVX-512", [("DOTNET_EnableAVX512", "0")]),
            ("without AVX2", [("DOTNET_EnableAVX2", "0")]),
        };
        foreach (var (name, environment) in ways)
        {
            using var server = bench.Serve([file], "", environment);
            Compare($"{name}, shuffled and streamed side by side", await ShuffledAsync(server));
        }
        await CompareToolAsync(bench, file, requests, alone);

        void Compare(string how, string[] answers)
        {
            var same = answers.Zip(alone, (answer, expected) => answer == expected).Count(equal => equal);
            bench.Report(1, how, $"{same} of {Requests} answers", "the bytes of each alone", same == Requests);
        }

        // Every other one streamed.
        async Task<string[]> ShuffledAsync(ServerProcess server)
        {
            var answers = new string[Requests];
            await Task.WhenAll(
                RandomStream
                    .Batching(1)
                    .Permutation(Requests)
                    .Select(
                        async (number, place) =>
                            answers[number] = await (
                                place % 2 == 0
                                    ? WholeAsync(server, requests[number])
                                    : StreamedAsync(server, requests[number])
                            )
                    )
            );
            return answers;
        }
    }

    private static async Task<string[]> EachAsync(List<JsonObject> requests, Func<JsonObject, Task<string>> askAsync)
    {
        var answers = new string[requests.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = await askAsync(requests[i]);
        }
        return answers;
    }

    /// <summary>Requests of all kinds.</summary>
    private static JsonObject RequestOf(int number)
    {
        const int LongestPrompt = 5000;
        var random = RandomStream.Sampling(number);
        var draws = 0UL;
        var prompt = new StringBuilder();
        var longest = One(0, 3, 40, 300, 1500, LongestPrompt); // short ones are as frequent
        for (var left = random.Below(longest + 1, draws++); left > 0; left--)
        {
            prompt.Append(Bench.Characters[random.Below(Bench.Characters.Length, draws++)]);
        }
        if (number % 9 == 0)
        {
            prompt.Append("é🙂"); // which the model does not know
        }
        var samples = One(1, 1, 2, 4);
        var request = new JsonObject
        {
            ["prompt"] = prompt.ToString(),
            ["max_tokens"] = One(0, 1, 17, 100, 300),
            ["n"] = samples,
            ["temperature"] = One(0, 0.5, 0.8, 1, 1.7),
            ["top_k"] = One(0, 0, 1, 40),
            ["top_p"] = One(1, 1, 0.9, 0.3),
            ["repetition_penalty"] = One(1, 1, 1.3),
            ["seed"] = One(0, 1, -1, int.MinValue, long.MaxValue, 1L << 31),
            ["echo"] = random.Below(4, draws++) == 0,
        };
        if (random.Below(2, draws++) == 0)
        {
            request["logprobs"] = random.Below(6, draws++);
        }
        if (random.Below(3, draws++) == 0)
        {
            request["stop"] = new JsonArray("e", "th", "\n", "xyz");
        }
        if (random.Below(3, draws++) == 0)
        {
            request["presence_penalty"] = 0.7;
            request["frequency_penalty"] = -0.4;
            request["logit_bias"] = new JsonObject
            {
                ["5"] = -3,
                ["50"] = 2.5,
                ["96"] = 100,
            };
        }
        if (random.Below(4, draws++) == 0)
        {
            request["best_of"] = null;
        }
        return request;

        T One<T>(params ReadOnlySpan<T> values) => values[random.Below(values.Length, draws++)];
    }

    private static async Task<string> WholeAsync(ServerProcess server, JsonObject request)
    {
        var answer = JsonNode.Parse(await server.PostAsync(request.ToJsonString()))!;
        return Bare(answer["choices"]!.AsArray(), answer["usage"]!);
    }

    private static async Task<string> StreamedAsync(ServerProcess server, JsonObject request)
    {
        var streamed = (JsonObject)request.DeepClone();
        streamed["stream"] = true;
        streamed["stream_options"] = new JsonObject { ["include_usage"] = true };
        var events = (await server.PostAsync(streamed.ToJsonString()))
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part.StartsWith("data: {", StringComparison.Ordinal))
            .Select(part => JsonNode.Parse(part["data: ".Length..])!)
            .ToList();
        var choices = new SortedDictionary<int, JsonObject>();
        foreach (var piece in events.SelectMany(piece => piece["choices"]!.AsArray()))
        {
            var index = (int)piece!["index"]!;
            if (!choices.TryGetValue(index, out var whole))
            {
                choices.Add(index, (JsonObject)piece.DeepClone());
                continue;
            }
            whole["text"] = (string)whole["text"]! + (string)piece["text"]!;
            whole["finish_reason"] = piece["finish_reason"]?.DeepClone();
            foreach (var (name, part) in piece["logprobs"]?.AsObject() ?? [])
            {
                foreach (var one in part as JsonArray ?? [])
                {
                    whole["logprobs"]![name]!.AsArray().Add(one?.DeepClone());
                }
            }
        }
        return Bare([.. choices.Values], events[^1]["usage"]!);
    }

    /// <summary>Asks in a session that has read the first half of the prompt.</summary>
    private static async Task<string> ResumedAsync(ServerProcess server, JsonObject request)
    {
        var prompt = (string)request["prompt"]!;
        var half = prompt.Length / 2;
        half -= half > 0 && char.IsLowSurrogate(prompt[half]) ? 1 : 0;
        var begin = new JsonObject { ["prompt"] = prompt[..half] };
        var session = JsonNode.Parse(await server.PostAsync(begin.ToJsonString(), "v1/sessions"))!;
        var rest = (JsonObject)request.DeepClone();
        rest["prompt"] = prompt[half..];
        rest["session"] = (string)session["id"]!;
        rest["keep"] = false;
        return TextsOf(await WholeAsync(server, rest));
    }

    /// <summary>The texts of an answer, with the probabilities of their tokens.</summary>
    private static string TextsOf(string answer) =>
        string.Join(
            '\n',
            JsonNode
                .Parse(answer[..(answer.LastIndexOf(']') + 1)])!
                .AsArray()
                .Select(choice =>
                    $"{choice!["text"]}{choice["held"]} {choice["logprobs"]?["token_logprobs"]?.ToJsonString()}"
                )
        );

    /// <summary>An answer without its name and time, and without what was not read again.</summary>
    private static string Bare(JsonArray choices, JsonNode usage)
    {
        usage.AsObject().Remove("prompt_tokens_details");
        return choices.ToJsonString() + usage.ToJsonString();
    }

    /// <summary>Compares the texts with those of <c>recurrent generate</c>, of requests that it knows.</summary>
    private static async Task CompareToolAsync(Bench bench, string file, List<JsonObject> requests, string[] alone)
    {
        var (same, compared) = (0, 0);
        foreach (var (request, answer) in requests.Zip(alone))
        {
            if (request.ContainsKey("logit_bias"))
            {
                continue;
            }
            var (prompt, promptFile) = ((string)request["prompt"]!, bench.PathOf("prompt.txt"));
            await File.WriteAllTextAsync(promptFile, prompt + "\n");
            List<string> arguments =
            [
                "generate",
                file,
                "--json",
                "--prompt-file",
                promptFile,
                "--length",
                $"{request["max_tokens"]}",
                "--samples",
                $"{request["n"]}",
                "--seed",
                $"{request["seed"]}",
            ];
            foreach (var name in (string[])["temperature", "top_k", "top_p", "repetition_penalty"])
            {
                arguments.AddRange([$"--{name.Replace('_', '-')}", $"{request[name]}"]);
            }
            foreach (var stop in request["stop"]?.AsArray() ?? [])
            {
                arguments.AddRange(["--stop", (string)stop!]);
            }
            using var process = ServerProcess.Launch(bench.Command(arguments));
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var written = (await process.StandardOutput.ReadToEndAsync())
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => (string)JsonNode.Parse(line)!["text"]!);
            var end = answer.LastIndexOf(']') + 1;
            var echoed = (bool)request["echo"]! ? prompt.Length : 0;
            var served = JsonNode
                .Parse(answer[..end])!
                .AsArray()
                .Select(choice => ((string)choice!["text"]!)[echoed..]);
            compared++;
            same += written.SequenceEqual(served) ? 1 : 0;
        }
        bench.Report(1, "recurrent generate", $"{same} of {compared} answers", "the same texts", same == compared);
    }
}
