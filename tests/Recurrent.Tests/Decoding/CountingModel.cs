using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Decoding;

/// <summary>Predicts the index after the sum of all the tokens it has read, so that every token read shows.</summary>
internal sealed class CountingModel(int vocabularySize) : ILanguageModel
{
    public ModelConfiguration Configuration { get; } = new() { VocabularySize = vocabularySize };

    public IReadOnlyList<Parameter> Parameters => [];

    public Decoder Decoder => ((ILanguageModel)this).CreateDecoder();

    /// <summary>The tokens that it has read, of all rows.</summary>
    public int TokensRead { get; private set; }

    public ModelState InitialState(int batch) => new(Tensor.Zeros(batch, 1));

    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        TokensRead += tokens.Rows * tokens.Columns;
        var sum = state.Parts[0] + Tensor.From([.. tokens.ToArray().Select(token => (float)token)], tokens.Columns, 1);
        int[] next = [.. sum.ToArray().Select(value => ((int)value + 1) % vocabularySize)];
        return (Tensor.OneHot(next, vocabularySize), new ModelState(sum));
    }
}
