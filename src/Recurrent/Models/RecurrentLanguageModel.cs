using Recurrent.Kernels;
using Recurrent.Layers;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// The concise model of <em>Dive into Deep Learning</em>: a recurrent layer over one-hot tokens and a linear output, with PyTorch's
/// parameter names and initial values, computed by fused kernels.
/// </summary>
public sealed class RecurrentLanguageModel : ILanguageModel
{
    private readonly RecurrentLayer _layer;
    private readonly Tensor _outputWeights; // (V, H)
    private readonly Tensor _outputBias; // (V)

    private RecurrentLanguageModel(ModelConfiguration configuration, IReadOnlyList<Parameter> parameters)
    {
        (Configuration, Parameters) = (configuration, parameters);
        Tensor[] values = [.. parameters.Select(parameter => parameter.Value.RequireGradient())];
        _layer = new RecurrentLayer(CellOf(configuration.Kind), values[..^2]);
        (_outputWeights, _outputBias) = (values[^2], values[^1]);
    }

    /// <inheritdoc/>
    public ModelConfiguration Configuration { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public ModelState InitialState(int batch) => new(_layer.ZeroState(batch));

    /// <inheritdoc/>
    public (Tensor Logits, ModelState State) Forward(ReadOnlySpan<int> tokens, int batch, ModelState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (h, next) = _layer.Forward(TimeMajor.Of(tokens, batch), state.Parts);
        var logits = Tensor.Linear(h.Reshape(-1, _layer.HiddenSize), _outputWeights, _outputBias);
        return (logits, new ModelState(next));
    }

    /// <summary>The kinds of this model and their cells.</summary>
    internal static IReadOnlyList<(string Kind, CellKind Cell)> Cells { get; } =
    [("rnn", CellKind.TanhRnn), ("gru", CellKind.Gru), ("lstm", CellKind.Lstm)];

    /// <summary>The parameters of a model, in the order of the model file.</summary>
    internal static IReadOnlyList<ParameterShape> ParameterShapes(ModelConfiguration configuration)
    {
        var (vocabulary, hidden) = (configuration.VocabularySize, configuration.HiddenSize);
        return
        [
            .. RecurrentLayer
                .Shapes(CellOf(configuration.Kind), vocabulary, hidden)
                .Select(parameter => new ParameterShape($"rnn.{parameter.Name}_l0", parameter.Shape)),
            new("linear.weight", new Shape(vocabulary, hidden)),
            new("linear.bias", new Shape(vocabulary)),
        ];
    }

    /// <summary>Draws every parameter from U(−1/√H, 1/√H), as PyTorch does by default.</summary>
    internal static RecurrentLanguageModel Create(ModelConfiguration configuration, RandomStream random)
    {
        var bound = (float)(1 / Math.Sqrt(configuration.HiddenSize));
        return new RecurrentLanguageModel(
            configuration,
            [
                .. ParameterShapes(configuration)
                    .Select(
                        (parameter, place) =>
                            new Parameter(
                                parameter.Name,
                                Tensor.Uniform(random.Fork((ulong)place), bound, parameter.Shape.ToArray())
                            )
                    ),
            ]
        );
    }

    /// <summary>Takes parameters as a file holds them.</summary>
    internal static RecurrentLanguageModel Restore(
        ModelConfiguration configuration,
        IReadOnlyList<Parameter> parameters
    ) => new(configuration, parameters);

    private static CellKind CellOf(string kind) => Cells.Single(cell => cell.Kind == kind).Cell;
}
