using Recurrent.Kernels.Cells;
using Recurrent.Layers;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// The concise model of <em>Dive into Deep Learning</em>: recurrent layers over one-hot tokens or a learned embedding,
/// and a linear output, with PyTorch's parameter names and initial values, computed by fused kernels.
/// </summary>
internal sealed class RecurrentLanguageModel : ILanguageModel
{
    private readonly Embedding? _embedding; // null for one-hot input
    private readonly RecurrentLayers _recurrent;
    private readonly Dropout _dropout; // before the output
    private readonly Linear _output;

    private RecurrentLanguageModel(ModelConfiguration configuration, IReadOnlyList<Parameter> parameters)
    {
        (Configuration, Parameters) = (configuration, parameters);
        Tensor[] values = [.. parameters.Select(parameter => parameter.Value)];
        var recurrent = values.AsSpan(0, values.Length - 1);
        if (configuration.EmbeddingSize > 0)
        {
            _embedding = new Embedding(values[0]);
            recurrent = recurrent[1..];
        }
        if (!configuration.TiedWeights)
        {
            recurrent = recurrent[..^1];
        }
        _recurrent = new RecurrentLayers(Cell.Named(configuration.Kind), configuration.Recurrent, recurrent.ToArray());
        _dropout = new Dropout(configuration.Dropout);
        _output = new Linear(configuration.TiedWeights ? _embedding!.Weight : values[^2], values[^1]);
    }

    /// <inheritdoc/>
    public ModelConfiguration Configuration { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public bool KeepsTensors => false;

    /// <inheritdoc/>
    public ModelState InitialState(int batch) => new(_recurrent.ZeroState(batch));

    /// <inheritdoc/>
    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (h, next) = _recurrent.Forward(tokens, state.Parts, _embedding, dropout?.Fork(0));
        h = _dropout.Forward(h, dropout?.Fork(1));
        var logits = _output.Forward(h).Reshape(-1, Configuration.VocabularySize);
        return (logits, ModelState.Lent(next));
    }

    /// <inheritdoc/>
    public Decoder CreateDecoder() =>
        Configuration.Bidirectional
            ? new ForwardDecoder(Restore(Configuration, Parameter.CopiesOf(Parameters)))
            : new RecurrentDecoder(_recurrent.Layers, _embedding?.Weight, _output);

    /// <summary>The parameters of a model, in the order of the model file.</summary>
    internal static IReadOnlyList<ParameterShape> ParameterShapes(ModelConfiguration configuration) =>
        [.. Specs(configuration).Select(spec => new ParameterShape(spec.Name, spec.Shape))];

    /// <summary>A model that has yet to be trained.</summary>
    internal static RecurrentLanguageModel Create(ModelConfiguration configuration, RandomStream random, Device device)
    {
        var specs = Specs(configuration);
        return new(configuration, ParameterSpec.Named(specs, ParameterSpec.Draw(specs, random, device)));
    }

    /// <summary>Takes parameters as a file holds them.</summary>
    internal static RecurrentLanguageModel Restore(
        ModelConfiguration configuration,
        IReadOnlyList<Parameter> parameters
    ) => new(configuration, parameters);

    private static List<ParameterSpec> Specs(ModelConfiguration configuration)
    {
        configuration.RequireTyingFits();
        var (vocabulary, sigma) = (configuration.VocabularySize, configuration.InitialDeviation);
        var recurrent = configuration.Recurrent;
        var output = Linear.Specs(recurrent.OutputSize, vocabulary, sigma);
        List<ParameterSpec> specs = [];
        if (configuration.EmbeddingSize > 0)
        {
            var embedding = Embedding.Spec(vocabulary, configuration.EmbeddingSize, sigma);
            // Values of N(0, 1) would be far too large for an output, so tied weights start as the output's.
            specs.Add(Under("embedding", configuration.TiedWeights ? output[0] : embedding));
        }
        var cell = Cell.Named(configuration.Kind);
        specs.AddRange(RecurrentLayers.Specs(cell, recurrent).Select(spec => Under("rnn", spec)));
        specs.AddRange(output.Skip(configuration.TiedWeights ? 1 : 0).Select(spec => Under("linear", spec)));
        return specs;
    }

    private static ParameterSpec Under(string module, ParameterSpec spec) =>
        spec with
        {
            Name = $"{module}.{spec.Name}",
        };
}
