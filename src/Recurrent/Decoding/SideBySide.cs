using Recurrent.Models;

namespace Recurrent.Decoding;

/// <summary>
/// Texts that are continued in step with each other. A shorter prefix is continued while a longer one is still read, and
/// a text that is done is read on, unseen, until the last one is.
/// </summary>
/// <param name="reader">Reads as many texts.</param>
/// <param name="texts">The texts, at least one.</param>
internal sealed class SideBySide(TokenReader reader, Continuation[] texts)
{
    private readonly int[] _next = new int[texts.Length]; // (texts)

    /// <summary>Whether all texts are done.</summary>
    public bool IsDone
    {
        get
        {
            foreach (var text in texts)
            {
                if (!text.IsDone)
                {
                    return false;
                }
            }
            return true;
        }
    }

    /// <summary>Reads one token of each text.</summary>
    /// <param name="pieces">Becomes what is added to each text (texts); null where nothing is.</param>
    public void Step(Span<string?> pieces)
    {
        for (var i = 0; i < texts.Length; i++)
        {
            _next[i] = texts[i].Token;
        }
        var logits = reader.Read(_next);
        var vocabulary = logits.Length / texts.Length;
        for (var i = 0; i < texts.Length; i++)
        {
            pieces[i] = texts[i].Read(logits.Slice(i * vocabulary, vocabulary));
        }
    }
}
