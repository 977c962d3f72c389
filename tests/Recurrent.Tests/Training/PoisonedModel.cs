using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Training;

/// <summary>A model whose prediction is not a number in some of its calls.</summary>
/// <param name="inner">The model.</param>
/// <param name="calls">Which calls of <see cref="Forward"/> those are, from 1.</param>
internal sealed class PoisonedModel(ILanguageModel inner, params int[] calls) : ILanguageModel
{
    /// <summary>Calls of <see cref="Forward"/> so far.</summary>
    public int Calls { get; set; }

    public ModelConfiguration Configuration => inner.Configuration;

    public IReadOnlyList<Parameter> Parameters => inner.Parameters;

    public ModelState InitialState(int batch) => inner.InitialState(batch);

    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        var (logits, next) = inner.Forward(tokens, state, dropout);
        return (calls.Contains(++Calls) ? logits * float.NaN : logits, next);
    }
}
