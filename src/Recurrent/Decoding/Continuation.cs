using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>One text that is being continued: which token to read next, and what text the tokens make.</summary>
internal sealed class Continuation
{
    private readonly Vocabulary _vocabulary;
    private readonly int[] _prefix; // at least one token
    private readonly TokenJoiner _joiner;
    private readonly TokenSampler _sampler;
    private readonly StopFilter _stops;
    private int _read; // tokens read
    private int _next; // the token chosen after those
    private int _left; // tokens to add
    private bool _spaceIsThere;

    /// <summary>Begins with a prefix.</summary>
    /// <param name="codec">How text becomes tokens and back.</param>
    /// <param name="prompt">The text to continue.</param>
    /// <param name="length">Tokens to add.</param>
    /// <param name="options">How tokens are chosen, and what ends the text.</param>
    /// <param name="sample">Which sample this text is.</param>
    public Continuation(TextCodec codec, Prompt prompt, int length, SamplingOptions options, int sample)
    {
        _vocabulary = codec.Vocabulary;
        _joiner = codec.Tokenizer.CreateJoiner();
        _sampler = new TokenSampler(options, _vocabulary.Count, sample);
        _stops = new StopFilter(options.StopStrings);
        _left = length;
        var text = string.Concat(prompt.Tokens.Select(token => _joiner.Append(_vocabulary[token])));
        // Between words a space goes without saying, so the one that ends a prefix is no token: the next word brings it.
        _spaceIsThere = prompt.EndsWithSpace && !text.EndsWith(' ');
        // A model knows only what comes after a token; before any, it is asked what follows the unknown.
        _prefix = prompt.Tokens.Length > 0 ? prompt.Tokens : [_vocabulary[Vocabulary.BeginningToken]];
        Array.ForEach(prompt.Tokens, _sampler.Observe);
    }

    /// <summary>The tokens to read first, at least one.</summary>
    public int[] Prefix => _prefix;

    /// <summary>The token to read next: the rest of the prefix, then what was chosen.</summary>
    public int Token => _read < _prefix.Length ? _prefix[_read] : _next;

    /// <summary>Whether no token is to be added any more.</summary>
    public bool IsDone => _left == 0 || _stops.HasStopped;

    /// <summary>Takes note of what follows <see cref="Token"/>, which has been read.</summary>
    /// <param name="logits">Logits of the next token (vocabulary).</param>
    /// <returns>The text that the next token adds, maybe empty; null where none is added.</returns>
    public string? Read(ReadOnlySpan<float> logits)
    {
        _read++;
        if (_read < _prefix.Length || IsDone)
        {
            return null;
        }
        _next = _sampler.Next(logits);
        return Add(_next);
    }

    /// <summary>Adds a token.</summary>
    /// <returns>The text that it adds; may be empty.</returns>
    public string Add(int token)
    {
        _left--;
        var piece = _joiner.Append(_vocabulary[token]);
        var text = _spaceIsThere && piece.StartsWith(' ') ? piece[1..] : piece;
        _spaceIsThere = false;
        return _stops.Append(text);
    }

    /// <summary>The text that is left when no token follows.</summary>
    public string Rest() => _stops.Append(_joiner.Flush()) + _stops.Rest();
}
