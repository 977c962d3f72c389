using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>A text to continue, as tokens.</summary>
/// <param name="Tokens">The tokens; maybe none.</param>
/// <param name="EndsWithSpace">Whether the text ends with a space.</param>
internal sealed record Prompt(int[] Tokens, bool EndsWithSpace)
{
    /// <summary>Encodes texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="codec">How text becomes tokens.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of all texts that the vocabulary lacks, if any.</param>
    public static Prompt[] Encode(
        IReadOnlyList<string> texts,
        TextCodec codec,
        Action<IReadOnlyList<string>>? onUnknown
    )
    {
        var prompts = new Prompt[texts.Count];
        var unknown = new List<string>();
        for (var i = 0; i < prompts.Length; i++)
        {
            var tokens = codec.EncodePrompt(texts[i], out var unknownHere);
            prompts[i] = new Prompt(tokens, texts[i].EndsWith(' '));
            unknown.AddRange(unknownHere.Except(unknown, StringComparer.Ordinal).ToList());
        }
        if (unknown.Count > 0)
        {
            onUnknown?.Invoke(unknown);
        }
        return prompts;
    }
}
