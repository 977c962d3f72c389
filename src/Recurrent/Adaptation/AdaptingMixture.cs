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
        model.Mix(first.Read(token), second.Read(token), _logits);
        return _logits;
    }
}
