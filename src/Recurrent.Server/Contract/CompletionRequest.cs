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

/// <summary>
/// The body of <c>POST /v1/completions</c> with every field checked, or that of a chat (<see cref="ChatRequest"/>).
/// </summary>
internal sealed record CompletionRequest
{
    private const int DefaultMaxTokens = 16;
    private const int MaxSamples = 128;
    private const int MaxBestOf = 20;
    private const long MaxHeldScores = 4_000_000; // probabilities of an answer that is not streamed
    private const int MaxStreamInterval = 10_000; // milliseconds

    private static readonly string[] s_shared =
    [
        .. Continuation.Fields,
        "model",
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "n",
        "stream",
        "stream_options",
        "stream_interval_ms",
        "return_token_ids",
        "stop",
        "presence_penalty",
        "frequency_penalty",
        "repetition_penalty",
        "repeat_penalty",
        "logit_bias",
        "seed",
        "user",
    ];

    private static readonly string[] s_own =
    [
        "prompt",
        "suffix",
        "max_tokens",
        "best_of",
        "logprobs",
        "echo",
        "first_token_logprob",
    ];

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

    /// <summary>Whether the first token of a prompt is scored as what follows a line end.</summary>
    public bool ScoresFirst { get; init; }

    /// <summary>Whether the ids of the tokens are told.</summary>
    public bool ReturnsTokens { get; init; }

    /// <summary>Whether it is answered as a chat is.</summary>
    public bool IsChat { get; init; }

    /// <summary>Whether the answer comes in pieces.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>The time for which pieces are gathered; 0 for one a token.</summary>
    public TimeSpan StreamInterval { get; init; }

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
        var request = Shared(body, model, limits, drawSeed, continuation, s_own) with
        {
            Prompts = PromptsOf(body.Find("prompt"), model.Codec),
            MaxTokens = body.Whole(
                "max_tokens",
                Within.From(0, limits.MaxTokens),
                Math.Min(DefaultMaxTokens, limits.MaxTokens)
            ),
            Echo = body.Flag("echo"),
            LogProbs = body.Whole("logprobs", Within.From(0, limits.MaxLogProbs)),
            ScoresFirst = body.Flag("first_token_logprob"),
        };
        var samples = request.Samples;
        var bestOf = body.Whole("best_of", Within.From(samples, Math.Max(samples, MaxBestOf)), samples);
        if (request.IsStreamed && bestOf > samples)
        {
            throw ApiException.Wrong("best_of", "best_of and stream do not go together; leave one of them out.");
        }
        return (request with { BestOf = bestOf }).RequireFew(limits);
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
                Sampling = SamplingFields.Read(body, model.Codec, drawSeed, continuation.From?.Sampling),
                UnknownFields = UnknownOf(body, s_own),
            };
    }

    /// <summary>Reads what all ways to ask have in common.</summary>
    /// <param name="body">The body.</param>
    /// <param name="model">The model that it names.</param>
    /// <param name="limits">The limits of a request.</param>
    /// <param name="drawSeed">Draws a seed for a request that has none.</param>
    /// <param name="continuation">What it goes on from, whose sampling it has but for what it asks for.</param>
    /// <param name="more">The fields that are not read here.</param>
    /// <exception cref="ApiException">A field is not as it must be.</exception>
    public static CompletionRequest Shared(
        RequestBody body,
        ServedModel model,
        RequestLimits limits,
        Func<long> drawSeed,
        Continuation continuation,
        IReadOnlyList<string> more
    )
    {
        var isStreamed = body.Flag("stream");
        var interval = body.Whole("stream_interval_ms", Within.From(0, MaxStreamInterval));
        var samples = body.Whole("n", Within.From(1, MaxSamples), 1);
        return new()
        {
            Model = model,
            Continuation = continuation,
            Prompts = [],
            Samples = samples,
            BestOf = samples,
            IsStreamed = isStreamed,
            StreamInterval = interval is { } time ? TimeSpan.FromMilliseconds(time) : limits.StreamInterval,
            IncludesUsage = IncludesUsageOf(body, isStreamed),
            ReturnsTokens = body.Flag("return_token_ids"),
            Sampling = SamplingFields.Read(body, model.Codec, drawSeed, continuation.From?.Sampling),
            UnknownFields = UnknownOf(body, more),
        };
    }

    /// <summary>The request itself.</summary>
    /// <exception cref="ApiException">It asks for more texts than it may.</exception>
    public CompletionRequest RequireFew(RequestLimits limits)
    {
        var texts = (long)Prompts.Count * BestOf;
        if (texts > limits.MaxTexts)
        {
            throw ApiException.Wrong(
                BestOf > 1 ? "n" : "prompt",
                $"The request asks for {texts} texts and may ask for {limits.MaxTexts}; send several requests."
            );
        }
        var scores = IsStreamed || LogProbs is null ? 0 : (LogProbs.Value + 1) * Prompts.Sum(ScoredTokens);
        if (scores > MaxHeldScores)
        {
            throw ApiException.Wrong(
                "logprobs",
                $"The answer could have {scores:#,0} probabilities and may have {MaxHeldScores:#,0} unless it is "
                    + "streamed; set stream, or ask for fewer of them, or for fewer tokens or texts."
            );
        }
        if (Continuation.From is not null && Prompts.Count > 1)
        {
            throw ApiException.Wrong("prompt", "A text goes on with one prompt; send several requests.");
        }
        if (Continuation.Session is not null && BestOf > 1)
        {
            throw ApiException.Wrong("n", "A session goes on with one text; set keep to false, or fork it.");
        }
        return this;
    }

    private long ScoredTokens(RequestedPrompt prompt) =>
        BestOf * ((long)MaxTokens + (Echo ? prompt.Tokens.Tokens.Length : 0));

    private static int UnknownOf(RequestBody body, IReadOnlyList<string> more) =>
        body.Names.Count(name => !s_shared.Contains(name) && !more.Contains(name));

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
/// <param name="MaxLogProbs">The largest <c>logprobs</c>.</param>
/// <param name="StreamInterval">The time for which pieces are gathered where a request does not say.</param>
internal sealed record RequestLimits(int MaxTokens, int MaxTexts, int MaxLogProbs, TimeSpan StreamInterval);
