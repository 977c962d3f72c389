using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Training;

/// <summary>
/// Predicts by one bias vector, counts the minibatches that a state has seen, and remembers what it was given.
/// </summary>
internal sealed class RecordingModel(int vocabularySize) : ILanguageModel
{
    private readonly Parameter _bias = new("bias", Tensor.Zeros(vocabularySize).RequireGradient());

    public List<float> StatesSeen { get; } = [];

    public List<RandomStream?> Dropouts { get; } = [];

    public ModelConfiguration Configuration { get; } = new() { VocabularySize = vocabularySize };

    public IReadOnlyList<Parameter> Parameters => [_bias];

    public ModelState InitialState(int batch) => new(Tensor.Zeros(1));

    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        Assert.False(state.Parts[0].RequiresGradient);
        Dropouts.Add(dropout);
        StatesSeen.Add(state.Parts[0].ToScalar());
        var next = (_bias.Value[0] * 0f) + state.Parts[0] + 1f;
        return (Tensor.Zeros(tokens.Count, vocabularySize) + _bias.Value, new ModelState(next));
    }
}
