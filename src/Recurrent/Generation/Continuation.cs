using Recurrent.Text;

namespace Recurrent.Generation;

/// <summary>One text that is being continued: which token to read next, and what text the tokens make.</summary>
internal sealed class Continuation
{
    private readonly Vocabulary _vocabulary;
    private readonly int[] _prefix; // at least one token
    private readonly TokenJoiner _joiner;
    private int _read; // tokens read
    private int _next; // the most likely token after those
    private bool _spaceIsThere;

    /// <summary>Begins with a prefix.</summary>
    /// <param name="codec">How text becomes tokens and back.</param>
    /// <param name="prefix">The tokens of the text to continue; may be none.</param>
    /// <param name="endsWithSpace">Whether that text ends with a space.</param>
    public Continuation(TextCodec codec, int[] prefix, bool endsWithSpace)
    {
        _vocabulary = codec.Vocabulary;
        _joiner = codec.Tokenizer.CreateJoiner();
        var text = string.Concat(prefix.Select(token => _joiner.Append(_vocabulary[token])));
        // Between words a space goes without saying, so the one that ends a prefix is no token: the next word brings it.
        _spaceIsThere = endsWithSpace && !text.EndsWith(' ');
        // A model knows only what comes after a token; before any, it is asked what follows the unknown.
        _prefix = prefix.Length > 0 ? prefix : [_vocabulary[Vocabulary.BeginningToken]];
    }

    /// <summary>Tokens of the prefix, at least one.</summary>
    public int PrefixLength => _prefix.Length;

    /// <summary>The token to read next: the rest of the prefix, then what was most likely.</summary>
    public int Token => _read < _prefix.Length ? _prefix[_read] : _next;

    /// <summary>Whether the prefix has been read, so that there is a most likely next token.</summary>
    public bool IsWarm => _read >= _prefix.Length;

    /// <summary>Takes note of what follows <see cref="Token"/>, which has been read.</summary>
    /// <param name="logits">Logits of the next token (vocabulary).</param>
    public void Read(ReadOnlySpan<float> logits)
    {
        _read++;
        _next = 0;
        for (var token = 1; token < logits.Length; token++)
        {
            _next = logits[token] > logits[_next] ? token : _next;
        }
    }

    /// <summary>The text that the most likely next token adds; may be empty.</summary>
    public string Piece()
    {
        var piece = _joiner.Append(_vocabulary[_next]);
        var text = _spaceIsThere && piece.StartsWith(' ') ? piece[1..] : piece;
        _spaceIsThere = false;
        return text;
    }

    /// <summary>The text that is left when no token follows.</summary>
    public string Rest() => _joiner.Flush();
}
