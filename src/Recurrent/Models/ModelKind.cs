using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>A kind of model: all it takes to build, save and restore one.</summary>
/// <param name="Name">The name in options and files.</param>
/// <param name="Create">Builds a model whose parameters are drawn afresh.</param>
/// <param name="Restore">Builds a model of parameters that <paramref name="Shapes"/> has, in that order.</param>
/// <param name="Shapes">The parameters of a model, in the order of the model file.</param>
/// <param name="CanRestore">
/// Returns whether a model is of this kind, so that <paramref name="Restore"/> makes of its parameters one that
/// computes the same.
/// </param>
internal sealed record ModelKind(
    string Name,
    Func<ModelConfiguration, RandomStream, Device, ILanguageModel> Create,
    Func<ModelConfiguration, IReadOnlyList<Parameter>, ILanguageModel> Restore,
    Func<ModelConfiguration, IReadOnlyList<ParameterShape>> Shapes,
    Func<ILanguageModel, bool> CanRestore
)
{
    /// <summary>The parameters that a model of a configuration has; none is made.</summary>
    /// <exception cref="ArgumentException">
    /// One would have more values than a tensor can, or there are options, which no kind of Recurrent's takes.
    /// </exception>
    public IReadOnlyList<ParameterShape> ShapesOf(ModelConfiguration configuration)
    {
        if (configuration.Options is [var (option, _), ..])
        {
            throw new ArgumentException(
                $"The model {Name} does not take the option \"{option}\"; leave Options out, or give a model of your "
                    + "own a "
                    + "kind of its own.",
                nameof(configuration)
            );
        }
        try
        {
            return Shapes(configuration);
        }
        catch (OverflowException error)
        {
            throw new ArgumentException(
                $"With a vocabulary of {Sentences.Amount(configuration.VocabularySize, "entries")} and a hidden size "
                    + $"of {configuration.HiddenSize:#,0} a parameter has more values than the most possible, "
                    + $"{int.MaxValue:#,0}; choose a smaller one.",
                error
            );
        }
    }
}

/// <summary>A parameter that a model has, without its values.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">The length of each axis.</param>
internal sealed record ParameterShape(string Name, Shape Shape)
{
    /// <summary>The name and the lengths, as in W_xh (28, 512).</summary>
    public override string ToString() => $"{Name} {Shape}";
}
