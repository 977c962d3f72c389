using System.Text;
using Recurrent.Decoding;
using Recurrent.Server.Engines;
using Recurrent.Text;

namespace Recurrent.Server.Contract;

/// <summary>One text of a request while it is written.</summary>
internal sealed class CompletionChoice : EngineRow
{
    private const int MostUntaken = 4096; // UTF-16 units that a slow reader may leave, before the text waits for it
    private const int MostIncomplete = 3; // tokens that a joiner's state is made of

    private readonly Lock _gate = new();
    private readonly CompletionJob _job;
    private readonly PromptRow _prompt;
    private readonly bool _measures;
    private readonly TokenPlaces? _places;
    private readonly StringBuilder _text = new(); // that nobody has taken
    private readonly List<TokenScore> _scores = []; // of that text
    private readonly Queue<CompletionPiece> _pieces = new(); // of a token each, where nothing is gathered
    private volatile bool _isFull;
    private bool _isTaken; // to its end
    private bool _hasBegun; // to be taken
    private string _held = ""; // at its end
    private double _logProbability;

    /// <summary>Makes the row of a text.</summary>
    /// <param name="job">The request's.</param>
    /// <param name="prompt">Its prompt.</param>
    /// <param name="sample">
    /// Its number among the request's texts, which is its number among the samples of the seed: the text that
    /// <c>recurrent generate</c> writes for the same prompts and samples.
    /// </param>
    public CompletionChoice(CompletionJob job, PromptRow prompt, int sample)
        : base(
            job,
            new()
            {
                Length = job.Request.MaxTokens,
                Sampling = job.Request.Sampling,
                Sample = sample + (job.Request.Continuation.From?.Sample ?? 0),
                CanRewind = job.Request.Continuation.Session is not null,
                CountsTokens = job.Request.Continuation.GoesOn,
            }
        )
    {
        var request = job.Request;
        (_job, _prompt, Sample) = (job, prompt, sample);
        _measures = request.LogProbs is not null || request.BestOf > request.Samples;
        if (request.LogProbs is not null || request.ReturnsTokens)
        {
            var start = request.Echo ? TextGenerator.CharactersOf(prompt.Text) : 0;
            var state = request.Continuation.From?.State;
            _places = new TokenPlaces(request.Model.Codec, state, prompt.Tokens, start, request.LogProbs ?? 0);
        }
    }

    /// <summary>Its number among the request's texts.</summary>
    public int Sample { get; }

    /// <summary>The number of tokens that were written.</summary>
    public int Tokens { get; private set; }

    /// <summary>Why it has ended; null before that.</summary>
    public EndReason? End { get; private set; }

    /// <summary>What goes on from its end, where something may; null before that.</summary>
    public TextState? Left { get; private set; }

    /// <summary>The mean of its tokens' ln p; 0 for a text of none.</summary>
    public double MeanLogProbability => Tokens > 0 ? _logProbability / Tokens : 0;

    /// <inheritdoc/>
    public override bool IsFull => _isFull;

    /// <inheritdoc/>
    public override void Take(in StreamEvent happened, ReadOnlySpan<float> logits)
    {
        _job.Begin();
        var isNews = _job.Request.IsStreamed && happened.Text.Length > 0 && happened.End is null;
        lock (_gate)
        {
            if (happened.Token is { } token && (_measures || _places is not null))
            {
                var score = _measures
                    ? TokenScore.Of(logits, token, 0, _job.Request.LogProbs ?? 0)
                    : new TokenScore(token, LogProbability: null, 0, Top: null);
                _logProbability += score.LogProbability ?? 0;
                _places?.Add(score);
            }
            Tokens = _job.Request.MaxTokens - happened.Stream.Remaining;
            _text.Append(happened.Text);
            if (_job.Request.Continuation.GoesOn)
            {
                _held = happened.Rest; // it is told with the next token, which may show that it is no text
            }
            else
            {
                _text.Append(happened.Rest);
            }
            _places?.Release(happened, _scores);
            if (isNews)
            {
                CutToken();
            }
            _isFull = HoldsMuch();
        }
        if (happened.Text.Length > 0)
        {
            _job.News?.Add(isUrgent: IsFull);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<EngineRow> Follow(StreamBatch batch, TextStream stream)
    {
        var left = _job.Request.Continuation.GoesOn
            ? new TextState(batch.Save(stream), Options.Sampling, Options.Sample)
            : null;
        lock (_gate)
        {
            (Left, End) = (left, stream.End);
            CutToken();
        }
        _job.EndOne();
        _job.News?.Add(isUrgent: _job.Finished.IsCompleted);
        return [];
    }

    /// <summary>Whether there are pieces, of a token each, that nobody has taken.</summary>
    public bool HasPieces
    {
        get
        {
            lock (_gate)
            {
                return _pieces.Count > 0;
            }
        }
    }

    /// <summary>Takes what there is since the last time, or the next piece of it where nothing is gathered.</summary>
    /// <returns>Null for nothing.</returns>
    public CompletionPiece? TryTake()
    {
        lock (_gate)
        {
            var piece = _pieces.TryDequeue(out var next) ? next : TryCut();
            _isFull = HoldsMuch();
            return piece;
        }
    }

    private bool HoldsMuch() => _job.Request.IsStreamed && _text.Length + _pieces.Count > MostUntaken;

    /// <summary>Cuts off what a token has brought, where nothing is gathered.</summary>
    private void CutToken()
    {
        if (_job.Request is { IsStreamed: true, StreamInterval.Ticks: 0 })
        {
            _pieces.Enqueue(TryCut()!);
        }
    }

    private CompletionPiece? TryCut()
    {
        var request = _job.Request;
        var echoes = !_hasBegun && request.Echo && _prompt.IsRead;
        if (_isTaken || (_text.Length == 0 && _scores.Count == 0 && End is null && !echoes))
        {
            return null;
        }
        List<TokenScore> scores = [.. echoes ? _prompt.Scores : [], .. _scores];
        var piece = new CompletionPiece(
            echoes ? _prompt.Text + _text : _text.ToString(),
            request.LogProbs is null ? null : scores,
            End
        )
        {
            IsFirst = !_hasBegun,
            PromptTokens = request.ReturnsTokens && !_hasBegun ? _prompt.Tokens.Tokens : default(ReadOnlyMemory<int>?),
            Tokens = request.ReturnsTokens ? _scores.ConvertAll(score => score.Token) : null,
            Held = End is not null && request.Continuation.GoesOn ? _held : null,
            Left = request.Continuation.ReturnsState ? Left : null,
        };
        (_hasBegun, _isTaken) = (true, End is not null);
        _text.Clear();
        _scores.Clear();
        return piece;
    }

    /// <summary>Where the tokens of a text begin in it, and which of them are certain to be in it.</summary>
    private sealed class TokenPlaces
    {
        private readonly TextCodec _codec;
        private readonly TokenJoiner _joiner;
        private readonly Queue<TokenScore> _held = new(); // of text that may become a stop string
        private readonly int _top;
        private bool _spaceIsThere;
        private int _next; // where the next token begins
        private int _passed; // characters that are certain

        public TokenPlaces(TextCodec codec, StreamState? before, Prompt prompt, int start, int top)
        {
            (_codec, _next, _passed, _top, _spaceIsThere) = (codec, start, start, top, prompt.ImpliesSpace);
            _joiner = codec.Tokenizer.CreateJoiner();
            if (prompt.Tokens.IsEmpty && before is not null)
            {
                // What was held back comes first, and its tokens were told.
                _next += TextGenerator.CharactersOf(before.Held);
                _spaceIsThere |= before.SpaceIsThere;
            }
            ReadOnlySpan<int> tokens = [.. before?.Sampler.Recent ?? [], .. prompt.Tokens.Span];
            foreach (var token in tokens[Math.Max(0, tokens.Length - MostIncomplete)..])
            {
                _joiner.Append(codec.Vocabulary[token]);
            }
            HasOpening = tokens.IsEmpty && codec.TokenBefore is null;
        }

        /// <summary>Whether the text begins with the token that the training text begins with.</summary>
        private bool HasOpening { get; set; }

        public void Add(in TokenScore score)
        {
            AddOpening();
            Place(score);
        }

        /// <summary>Adds those that an event makes certain.</summary>
        public void Release(in StreamEvent happened, List<TokenScore> scores)
        {
            if (happened.End is not null && happened.Stream.Options.Length > 0)
            {
                AddOpening();
            }
            _passed += TextGenerator.CharactersOf(happened.Text) + TextGenerator.CharactersOf(happened.Rest);
            while (_held.TryPeek(out var score) && (score.Offset < _passed || happened.End is EndReason.Length))
            {
                scores.Add(_held.Dequeue());
            }
        }

        private void AddOpening()
        {
            if (HasOpening)
            {
                HasOpening = false;
                Place(TokenScore.Certain(_codec.Opening, 0, _top));
            }
        }

        private void Place(in TokenScore score)
        {
            _held.Enqueue(score with { Offset = _next });
            var piece = _joiner.Append(_codec.Vocabulary[score.Token]);
            _next += TextGenerator.CharactersOf(piece) - (_spaceIsThere && piece.StartsWith(' ') ? 1 : 0);
            _spaceIsThere = false;
        }
    }
}

/// <summary>What a text has gained.</summary>
/// <param name="Text">The text.</param>
/// <param name="Scores">Its tokens with their probabilities; null where they are not asked for.</param>
/// <param name="End">Why it ends there; null where it goes on.</param>
internal sealed record CompletionPiece(string Text, IReadOnlyList<TokenScore>? Scores, EndReason? End)
{
    /// <summary>Whether nothing came before.</summary>
    public bool IsFirst { get; init; }

    /// <summary>The tokens of the prompt; null where they are not asked for, or came before.</summary>
    public ReadOnlyMemory<int>? PromptTokens { get; init; }

    /// <summary>The tokens of what was written; null where they are not asked for.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>What is held back at the end of a text that may go on; null elsewhere.</summary>
    public string? Held { get; init; }

    /// <summary>What goes on from its end, where that is asked for.</summary>
    public TextState? Left { get; init; }
}
