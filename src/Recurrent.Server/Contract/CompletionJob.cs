using Recurrent.Decoding;
using Recurrent.Server.Engines;
using Recurrent.Server.Sessions;
using Recurrent.Text;

namespace Recurrent.Server.Contract;

/// <summary>The texts of one request while they are written: the engine adds to them, and a handler takes.</summary>
internal sealed class CompletionJob : EngineJob
{
    private readonly TimeProvider _time;
    private readonly long _begin;

    /// <summary>Makes the rows of a request.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="time">The clock.</param>
    /// <param name="known">What is known of prompts; null for nothing.</param>
    public CompletionJob(CompletionRequest request, TimeProvider time, KnownPrompts? known = null)
        : base(request.Prompts.Count * request.BestOf)
    {
        (Request, _time, _begin) = (request, time, time.GetTimestamp());
        News = request.IsStreamed ? new News(request.StreamInterval, time) : null;
        Prompts = [.. request.Prompts.Select((prompt, place) => new PromptRow(this, prompt, place, known))];
        Choices = [.. Prompts.SelectMany(prompt => prompt.Choices)];
    }

    /// <summary>What was asked.</summary>
    public CompletionRequest Request { get; }

    /// <summary>The prompts, which are read first.</summary>
    public IReadOnlyList<PromptRow> Prompts { get; }

    /// <summary>What is read first.</summary>
    public IReadOnlyList<EngineRow> Rows => [.. Prompts.Select(prompt => prompt.First ?? (EngineRow)prompt)];

    /// <summary>The texts, those of one prompt after those of the one before.</summary>
    public IReadOnlyList<CompletionChoice> Choices { get; }

    /// <summary>The time from the request to its first token; null before that.</summary>
    public TimeSpan? FirstToken { get; private set; }

    /// <summary>The number of tokens of the prompts, each counted once, and of what the text goes on from.</summary>
    public override long PromptTokens =>
        Request.Continuation.Tokens + Request.Prompts.Sum(prompt => (long)prompt.Tokens.Tokens.Length);

    /// <summary>The number of those that were not read again.</summary>
    public long CachedTokens => Request.Continuation.Tokens + Prompts.Sum(prompt => (long)prompt.Cached);

    /// <summary>The number of tokens that were written, those of texts that are not answered among them.</summary>
    public override int CompletionTokens => Choices.Sum(choice => choice.Tokens);

    /// <summary>The texts to answer, with their places among the answers: the likeliest of each prompt.</summary>
    public IEnumerable<(int Index, CompletionChoice Choice)> Answers =>
        Prompts.SelectMany(prompt => prompt.Choices.OrderByDescending(Likelihood).Take(Request.Samples)).Index();

    /// <summary>Takes note of a token.</summary>
    public void Begin() => FirstToken ??= _time.GetElapsedTime(_begin);

    private double Likelihood(CompletionChoice choice) =>
        Request.BestOf > Request.Samples ? choice.MeanLogProbability : 0; // the order is kept among equals
}

/// <summary>A prompt, read once for all its texts.</summary>
internal sealed class PromptRow : EngineRow
{
    private readonly CompletionJob _job;
    private readonly int[] _offsets; // (tokens), where each begins in the text
    private readonly List<TokenScore> _scores = [];
    private readonly PrefixCache? _known;
    private readonly UInt128[] _keys = []; // of its beginnings
    private volatile bool _isRead;

    /// <summary>Makes the rows of a prompt.</summary>
    /// <param name="job">The request's.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="place">Its place among the request's.</param>
    /// <param name="known">What is known of prompts; null for nothing.</param>
    public PromptRow(CompletionJob job, RequestedPrompt prompt, int place, KnownPrompts? known)
        : base(
            job,
            new()
            {
                Length = 0,
                Sampling = SamplingOptions.Greedy,
                ScoresPrompt = job.Request is { Echo: true, LogProbs: not null },
                CanRewind = job.Request.Continuation.Session is not null,
            }
        )
    {
        var request = job.Request;
        (_job, Text, Tokens) = (job, prompt.Text, prompt.Tokens);
        (Prompt, State) = (Tokens, request.Continuation.From?.State);
        if (known is not null && State is null && !Options.ScoresPrompt)
        {
            _known = known.Cache;
            _keys = _known.KeysOf(known.Owner, request.Model.Fingerprint, Tokens.Tokens.Span);
            State = _known.Find(_keys);
            Cached = (int)(State?.Position ?? 0);
            Prompt = new(Tokens.Tokens[Cached..]) { ImpliesSpace = Tokens.ImpliesSpace };
        }
        Choices =
        [
            .. Enumerable
                .Range(place * request.BestOf, request.BestOf)
                .Select(sample => new CompletionChoice(job, this, sample)),
        ];
        _offsets = Options.ScoresPrompt ? Offsets(prompt, request.Model) : [];
        if (_offsets.Length > 0 && request.Continuation.Tokens == 0)
        {
            var first = prompt.Tokens.Tokens.Span[0];
            _scores.Add(new(first, LogProbability: null, Offset: 0, Top: null));
            if (request.ScoresFirst && request.Model.Codec.TokenBefore is { } before)
            {
                First = new FirstTokenRow(this, before, first);
            }
        }
    }

    /// <summary>The prompt as it was sent.</summary>
    public string Text { get; }

    /// <summary>What scores its first token, before it is read; null where nothing does.</summary>
    public FirstTokenRow? First { get; }

    /// <summary>Its tokens.</summary>
    public Prompt Tokens { get; }

    /// <summary>The number of its tokens that need not be read.</summary>
    public int Cached { get; }

    /// <summary>Its texts.</summary>
    public IReadOnlyList<CompletionChoice> Choices { get; }

    /// <summary>Whether it has been read to its end.</summary>
    public bool IsRead => _isRead;

    /// <summary>Its tokens with their probabilities, once it is read, where they are asked for.</summary>
    public IReadOnlyList<TokenScore> Scores => _scores;

    /// <inheritdoc/>
    public override int Weight => Choices.Count;

    /// <inheritdoc/>
    public override bool Watches => _keys.Length > 0;

    /// <inheritdoc/>
    public override void Pass(StreamBatch batch, TextStream stream)
    {
        var (blocks, left) = Math.DivRem(stream.Position, PrefixCache.Interval);
        if (left == 0 && blocks > 0 && blocks <= _keys.Length)
        {
            _known!.Add(_keys[blocks - 1], () => batch.SaveBehind(stream));
        }
    }

    /// <inheritdoc/>
    public override void Take(in StreamEvent happened, ReadOnlySpan<float> logits)
    {
        if (happened.Token is { } token)
        {
            _scores.Add(Score(logits, token, _offsets[_scores.Count]));
        }
        if (happened.End is not null)
        {
            _isRead = true;
            if (_job.Request.Echo)
            {
                _job.News?.Add(isUrgent: false);
            }
        }
    }

    /// <summary>Takes the score of the first token.</summary>
    public void TakeFirst(int token, ReadOnlySpan<float> logits) => _scores[0] = Score(logits, token, offset: 0);

    /// <inheritdoc/>
    public override IEnumerable<EngineRow> Follow(StreamBatch batch, TextStream stream)
    {
        var state = batch.Save(stream);
        foreach (var choice in Choices)
        {
            choice.State = state;
        }
        return Choices;
    }

    private TokenScore Score(ReadOnlySpan<float> logits, int token, int offset) =>
        TokenScore.Of(logits, token, offset, _job.Request.LogProbs!.Value);

    /// <summary>
    /// Where tokens begin in the text as it was sent. A character that the model does not know is one character; where
    /// the model reads another text than was sent, such as one in lower case, no token begins behind its end.
    /// </summary>
    public static int[] Offsets(RequestedPrompt prompt, ServedModel model)
    {
        var tokens = prompt.Tokens.Tokens.Span;
        var offsets = new int[tokens.Length];
        var length = TextGenerator.CharactersOf(prompt.Text);
        var joiner = model.Codec.Tokenizer.CreateJoiner();
        var offset = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            offsets[i] = length == tokens.Length ? i : Math.Min(offset, length);
            offset += TextGenerator.CharactersOf(joiner.Append(model.Codec.Vocabulary[tokens[i]]));
        }
        return offsets;
    }
}

/// <summary>
/// The first token of a prompt, behind the token that a text follows, as a prompt of its own: what comes before it has
/// no place in the prompt's.
/// </summary>
internal sealed class FirstTokenRow : EngineRow
{
    private readonly PromptRow _prompt;

    public FirstTokenRow(PromptRow prompt, int before, int first)
        : base(prompt.Job, prompt.Options)
    {
        _prompt = prompt;
        Prompt = new Prompt((int[])[before, first]);
    }

    /// <inheritdoc/>
    public override int Weight => _prompt.Weight;

    /// <inheritdoc/>
    public override void Take(in StreamEvent happened, ReadOnlySpan<float> logits)
    {
        if (happened.Token is { } token)
        {
            _prompt.TakeFirst(token, logits);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<EngineRow> Follow(StreamBatch batch, TextStream stream) => [_prompt];
}
