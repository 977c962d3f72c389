using System.Globalization;
using System.Text.Json;
using Recurrent.Decoding;
using Recurrent.Ranges;
using Recurrent.Server.Engines;
using Recurrent.Text;

namespace Recurrent.Server.Contract;

/// <summary>A beginning of a text, as it was sent and in tokens.</summary>
/// <param name="Text">The text that <c>echo</c> repeats.</param>
/// <param name="Tokens">Its tokens.</param>
internal sealed record RequestedPrompt(string Text, Prompt Tokens);

/// <summary>The body of <c>POST /v1/completions</c>, with every field checked.</summary>
internal sealed record CompletionRequest
{
    private const int DefaultMaxTokens = 16;
    private const int MaxSamples = 128;
    private const int MaxBestOf = 20;
    private const int MaxLogProbs = 5;
    private const int MaxStops = 32;
    private const int MaxStopLength = 1000;

    private static readonly HashSet<string> s_known = new(Continuation.Fields, StringComparer.Ordinal)
    {
        "model",
        "prompt",
        "suffix",
        "max_tokens",
        "temperature",
        "top_p",
        "top_k",
        "n",
        "best_of",
        "stream",
        "stream_options",
        "logprobs",
        "echo",
        "stop",
        "presence_penalty",
        "frequency_penalty",
        "repetition_penalty",
        "logit_bias",
        "seed",
        "user",
    };

    private static readonly SamplingOptions s_sampling = new() { Temperature = 1 };

    /// <summary>The model that writes.</summary>
    public required ServedModel Model { get; init; }

    /// <summary>The prompts, at least one.</summary>
    public required IReadOnlyList<RequestedPrompt> Prompts { get; init; }

    /// <summary>The number of tokens to add to each, 0 or more.</summary>
    public int MaxTokens { get; init; }

    /// <summary>The number of texts of each prompt that are answered.</summary>
    public int Samples { get; init; }

    /// <summary>The number of texts of each prompt that are written, of which the likeliest are answered.</summary>
    public int BestOf { get; init; }

    /// <summary>Whether a text begins with its prompt.</summary>
    public bool Echo { get; init; }

    /// <summary>The number of the likeliest tokens at each place; null for no probabilities at all.</summary>
    public int? LogProbs { get; init; }

    /// <summary>Whether the answer comes in pieces.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>Whether the pieces end with the usage.</summary>
    public bool IncludesUsage { get; init; }

    /// <summary>How tokens are chosen, with the seed that was given or drawn.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>What it goes on from, and what is to remain of it.</summary>
    public Continuation Continuation { get; init; } = Continuation.None;

    /// <summary>The number of fields that nobody knows; they make no difference.</summary>
    public int UnknownFields { get; init; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="models">The models.</param>
    /// <param name="limits">The limits of a request.</param>
    /// <param name="drawSeed">Draws a seed for a request that has none.</param>
    /// <param name="continuation">What it goes on from, whose sampling it has but for what it asks for.</param>
    /// <exception cref="ApiException">A field is not as it must be.</exception>
    public static CompletionRequest Read(
        RequestBody body,
        IReadOnlyList<ServedModel> models,
        RequestLimits limits,
        Func<long> drawSeed,
        Continuation continuation
    )
    {
        var model = continuation.Model ?? ModelOf(body, models);
        if (body.Text("suffix") is { Length: > 0 })
        {
            throw ApiException.Wrong("suffix", "suffix is given and the model only reads forward; leave it out.");
        }
        var isStreamed = body.Flag("stream");
        var samples = body.Whole("n", Within.From(1, MaxSamples), 1);
        var bestOf = body.Whole("best_of", Within.From(samples, Math.Max(samples, MaxBestOf)), samples);
        if (isStreamed && bestOf > samples)
        {
            throw ApiException.Wrong("best_of", "best_of and stream do not go together; leave one of them out.");
        }
        var prompts = PromptsOf(body.Find("prompt"), model.Codec);
        if ((long)prompts.Count * bestOf > limits.MaxTexts)
        {
            throw ApiException.Wrong(
                bestOf > 1 ? "n" : "prompt",
                $"The request asks for {(long)prompts.Count * bestOf} texts and may ask for {limits.MaxTexts}; "
                    + "send several requests."
            );
        }
        if (continuation.From is not null && prompts.Count > 1)
        {
            throw ApiException.Wrong("prompt", "A text goes on with one prompt; send several requests.");
        }
        if (continuation.Session is not null && bestOf > 1)
        {
            throw ApiException.Wrong("n", "A session goes on with one text; set keep to false, or fork it.");
        }
        return new()
        {
            Model = model,
            Continuation = continuation,
            Prompts = prompts,
            MaxTokens = body.Whole("max_tokens", Within.From(0, limits.MaxTokens), DefaultMaxTokens),
            Samples = samples,
            BestOf = bestOf,
            Echo = body.Flag("echo"),
            LogProbs = body.Whole("logprobs", Within.From(0, MaxLogProbs)),
            IsStreamed = isStreamed,
            IncludesUsage = IncludesUsageOf(body, isStreamed),
            Sampling = SamplingOf(body, model.Codec, drawSeed, continuation.From?.Sampling),
            UnknownFields = body.Names.Count(name => !s_known.Contains(name)),
        };
    }

    /// <summary>Reads a body that only begins a text: a model, a prompt, and how it is to be written.</summary>
    /// <param name="body">The body.</param>
    /// <param name="models">The models.</param>
    /// <param name="drawSeed">Draws a seed for a request that has none.</param>
    /// <param name="continuation">What it goes on from.</param>
    /// <exception cref="ApiException">A field is not as it must be.</exception>
    public static CompletionRequest ReadBeginning(
        RequestBody body,
        IReadOnlyList<ServedModel> models,
        Func<long> drawSeed,
        Continuation continuation
    )
    {
        var model = continuation.Model ?? ModelOf(body, models);
        var prompts = PromptsOf(body.Find("prompt"), model.Codec);
        return prompts.Count > 1
            ? throw ApiException.Wrong("prompt", "A session begins with one prompt; send several requests.")
            : new()
            {
                Model = model,
                Continuation = continuation,
                Prompts = prompts,
                Sampling = SamplingOf(body, model.Codec, drawSeed, continuation.From?.Sampling),
                UnknownFields = body.Names.Count(name => !s_known.Contains(name)),
            };
    }

    /// <summary>The model that a body names; where there is one only, it need not.</summary>
    /// <exception cref="ApiException">There is no such model.</exception>
    public static ServedModel ModelOf(RequestBody body, IReadOnlyList<ServedModel> models)
    {
        return body.Text("model") is { } name ? ModelOf(name, models)
            : models.Count == 1 ? models[0]
            : throw ApiException.Wrong(
                "model",
                $"model is missing; choose {string.Join(" or ", models.Select(model => model.Name))}."
            );
    }

    /// <summary>The model of a name.</summary>
    /// <exception cref="ApiException">There is no such model.</exception>
    public static ServedModel ModelOf(string name, IReadOnlyList<ServedModel> models) =>
        models.FirstOrDefault(model => model.Name == name)
        ?? throw ApiException.UnknownModel(name, models.Select(model => model.Name));

    private static bool IncludesUsageOf(RequestBody body, bool isStreamed)
    {
        const string Field = "stream_options";
        if (body.Find(Field) is not { } options)
        {
            return false;
        }
        if (!isStreamed)
        {
            throw ApiException.Wrong(Field, "stream_options is given without stream; leave it out, or set stream.");
        }
        if (options.ValueKind != JsonValueKind.Object)
        {
            throw RequestBody.Wrong(Field, options, "an object");
        }
        return options.TryGetProperty("include_usage", out var value)
            && value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False or JsonValueKind.Null => false,
                _ => throw RequestBody.Wrong($"{Field}.include_usage", value, "true or false"),
            };
    }

    /// <summary>How a text is written: as the body says, or else as before, or as OpenAI's are.</summary>
    private static SamplingOptions SamplingOf(
        RequestBody body,
        TextCodec codec,
        Func<long> drawSeed,
        SamplingOptions? before
    )
    {
        var penalties = Within.From(-SamplingOptions.MaxCountPenalty, SamplingOptions.MaxCountPenalty);
        var otherwise = before ?? s_sampling;
        var topP = body.Number("top_p", Within.From(0, 1.0), otherwise.TopP);
        var topK = body.Whole("top_k", Within.AtLeast(-1), otherwise.TopK); // -1 is all, too
        return new()
        {
            Temperature = body.Number("temperature", SamplingOptions.Temperatures, otherwise.Temperature),
            TopP = topP > 0 ? topP : 1,
            TopK = topP > 0 ? Math.Max(topK, 0) : 1, // nothing of the probability is the likeliest token
            RepetitionPenalty = body.Number(
                "repetition_penalty",
                SamplingOptions.RepetitionPenalties,
                otherwise.RepetitionPenalty
            ),
            PresencePenalty = body.Number("presence_penalty", penalties, otherwise.PresencePenalty),
            FrequencyPenalty = body.Number("frequency_penalty", penalties, otherwise.FrequencyPenalty),
            LogitBias = body.Find("logit_bias") is { } biases
                ? BiasOf(biases, codec.Vocabulary.Count)
                : otherwise.LogitBias,
            StopStrings = body.Find("stop") is null ? otherwise.StopStrings : StopsOf(body),
            Seed = body.Seed("seed") ?? before?.Seed ?? drawSeed(),
        };
    }

    private static IReadOnlyList<string> StopsOf(RequestBody body)
    {
        var stops = body.Texts("stop");
        return stops.Count > MaxStops
                ? throw ApiException.Wrong("stop", $"stop has {stops.Count} texts and may have {MaxStops}; send fewer.")
            : stops.Any(stop => stop.Length is 0 or > MaxStopLength)
                ? throw ApiException.Wrong("stop", $"A text of stop must have 1 to {MaxStopLength} characters.")
            : stops;
    }

    private static Dictionary<int, double> BiasOf(JsonElement value, int vocabularySize)
    {
        const string Field = "logit_bias";
        var biases = new Dictionary<int, double>();
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw RequestBody.Wrong(Field, value, "an object of token ids and biases");
        }
        var bounds = Within.From(-SamplingOptions.MaxBias, SamplingOptions.MaxBias);
        foreach (var entry in value.EnumerateObject())
        {
            if (
                !int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var token)
                || token >= vocabularySize
            )
            {
                throw ApiException.Wrong(
                    Field,
                    $"A key of logit_bias is {entry.Name} and must be a token id from 0 to {vocabularySize - 1}."
                );
            }
            if (
                entry.Value.ValueKind != JsonValueKind.Number
                || !entry.Value.TryGetDouble(out var bias)
                || !bounds.Contains(bias)
            )
            {
                throw RequestBody.Wrong(Field, entry.Value, bounds.Expected);
            }
            if (!biases.TryAdd(token, bias))
            {
                throw ApiException.Wrong(Field, $"logit_bias has token {token} twice; give one bias for each.");
            }
        }
        return biases;
    }

    private static List<RequestedPrompt> PromptsOf(JsonElement? field, TextCodec codec)
    {
        const string Field = "prompt";
        if (field is not { } value)
        {
            return [Of("")];
        }
        if (value.ValueKind == JsonValueKind.String)
        {
            return [Of(RequestBody.TextOf(Field, value, ""))];
        }
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            throw Wrong(value);
        }
        return value[0].ValueKind switch
        {
            JsonValueKind.Number => [OfTokens(value)],
            JsonValueKind.Array => [.. value.EnumerateArray().Select(OfTokens)],
            _ => [.. value.EnumerateArray().Select(text => Of(RequestBody.TextOf(Field, text, Expected())))],
        };

        RequestedPrompt Of(string text) => new(text, codec.EncodePrompt(text));

        RequestedPrompt OfTokens(JsonElement array)
        {
            int[] tokens =
                array.ValueKind == JsonValueKind.Array ? [.. array.EnumerateArray().Select(Token)] : throw Wrong(array);
            return new(codec.Decode(tokens), new Prompt(tokens));
        }

        int Token(JsonElement token) =>
            token.ValueKind == JsonValueKind.Number
            && token.TryGetInt32(out var id)
            && (uint)id < (uint)codec.Vocabulary.Count
                ? id
                : throw Wrong(token);

        ApiException Wrong(JsonElement wrong) => RequestBody.Wrong(Field, wrong, Expected());

        string Expected() =>
            $"a text, texts, token ids from 0 to {codec.Vocabulary.Count - 1}, or arrays of such ids, not a mixture";
    }
}

/// <summary>The limits of a request.</summary>
/// <param name="MaxTokens">The largest <c>max_tokens</c>.</param>
/// <param name="MaxTexts">The most texts of a request, prompts times <c>best_of</c>.</param>
internal sealed record RequestLimits(int MaxTokens, int MaxTexts);
