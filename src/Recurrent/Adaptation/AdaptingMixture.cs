using Recurrent.Models;

namespace Recurrent.Adaptation;

/// <summary>Two models that learn by themselves, and predict together as <see cref="MixedModel"/> has it.</summary>
internal sealed class AdaptingMixture(AdaptiveReader first, AdaptiveReader second, MixedModel model)
    : AdaptiveReader(model.Configuration.VocabularySize)
{
    private readonly float[] _logits = new float[model.Configuration.VocabularySize];

    /// <inheritdoc/>
    public override ILanguageModel Adapted() => new MixedModel(first.Adapted(), second.Adapted(), model.Weight);

    /// <inheritdoc/>
    private protected override ReadOnlySpan<float> ReadKnown(int token)
    {
        var ours = first.Read(token);
        var theirs = second.Read(token);
        for (var i = 0; i < _logits.Length; i++)
        {
            _logits[i] = (ours[i] * (float)model.Weight) + (theirs[i] * (float)(1 - model.Weight));
        }
        return _logits;
    }
}
