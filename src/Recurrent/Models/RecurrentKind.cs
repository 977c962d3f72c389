using Recurrent.Kernels;
using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>A kind of <see cref="RecurrentLanguageModel"/>.</summary>
/// <param name="Name">The name in options and files.</param>
/// <param name="Cell">The cell of its layers.</param>
/// <param name="Create">Makes its layers of the values of their parameters.</param>
internal sealed record RecurrentKind(
    string Name,
    CellKind Cell,
    Func<RecurrentOptions, IReadOnlyList<Tensor>, RecurrentStack> Create
)
{
    public const string Rnn = "rnn";
    public const string Gru = "gru";
    public const string Lstm = "lstm";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RecurrentKind> All { get; } =
    [
        new(Rnn, CellKind.TanhRnn, (options, values) => new Rnn(options, values)),
        new(Gru, CellKind.Gru, (options, values) => new Gru(options, values)),
        new(Lstm, CellKind.Lstm, (options, values) => new Lstm(options, values)),
    ];

    /// <summary>The kind that a configuration names.</summary>
    public static RecurrentKind Of(ModelConfiguration configuration) =>
        All.Single(kind => kind.Name == configuration.Kind);
}
