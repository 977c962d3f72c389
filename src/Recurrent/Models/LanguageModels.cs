using Recurrent.Randomness;

namespace Recurrent.Models;

/// <summary>The kinds of language model. A new kind is added here and nowhere else.</summary>
public static class LanguageModels
{
    private static readonly ModelKind[] s_kinds =
    [
        new(
            RnnFromScratch.Kind,
            Create: (configuration, random) => new RnnFromScratch(configuration, random),
            Restore: RnnFromScratch.Restore,
            Shapes: RnnFromScratch.ParameterShapes,
            IsWhole: model => model is RnnFromScratch { IsWhole: true }
        ),
        .. RecurrentLanguageModel.Cells.Select(cell => new ModelKind(
            cell.Kind,
            RecurrentLanguageModel.Create,
            RecurrentLanguageModel.Restore,
            RecurrentLanguageModel.ParameterShapes,
            model => model is RecurrentLanguageModel
        )),
    ];

    /// <summary>The names of the kinds: rnn-scratch, rnn, gru and lstm.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. s_kinds.Select(kind => kind.Name)];

    /// <summary>Builds a model that has yet to be trained.</summary>
    /// <param name="configuration">Its kind and sizes.</param>
    /// <param name="random">Where its initial parameters are drawn from.</param>
    /// <exception cref="ArgumentException">
    /// There is no such kind, or a parameter would have more values than a tensor can.
    /// </exception>
    public static ILanguageModel Create(ModelConfiguration configuration, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var kind =
            Find(configuration.Kind)
            ?? throw new ArgumentException(
                $"There is no kind of model \"{configuration.Kind}\"; choose {string.Join(", ", Kinds)}.",
                nameof(configuration)
            );
        _ = kind.ShapesOf(configuration); // before anything is allocated
        return kind.Create(configuration, random);
    }

    /// <summary>The kind of that name, or null.</summary>
    internal static ModelKind? Find(string name) => Array.Find(s_kinds, kind => kind.Name == name);
}
