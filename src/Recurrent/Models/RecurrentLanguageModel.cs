using Recurrent.Kernels.Cells;
using Recurrent.Layers;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// The concise model of <em>Dive into Deep Learning</em>: recurrent layers over one-hot tokens or a learned embedding,
/// and a linear output, with PyTorch's parameter names and initial values, computed by fused kernels.
/// </summary>
internal sealed class RecurrentLanguageModel : IShardedModel
{
    private readonly Embedding? _embedding; // null for one-hot input
    private readonly ContextTables? _context; // the embedding with features; null without
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
        if (configuration.Features is { } features)
        {
            if (values[0].Device is GpuDevice card)
            {
                throw new ArgumentException(
                    $"Context features are not computed on a graphics card, {card}; use Device.Default, or leave "
                        + "Features out."
                );
            }
            var tables = ContextTables.Specs(features, configuration.EmbeddingSize).Count();
            _context = new ContextTables(features, values[..(1 + tables)]);
            recurrent = recurrent[tables..];
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
    public ModelState InitialState(int batch)
    {
        var state = _recurrent.ZeroState(batch);
        return new(
            _context is null ? state : [.. state, Tensor.Zeros(_output.Bias.Device, batch, ContextTables.ContextLength)]
        );
    }

    /// <inheritdoc/>
    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null) =>
        Forward(tokens, state, (DropoutStreams?)dropout);

    /// <inheritdoc/>
    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, DropoutStreams? dropout)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (h, next) = _context is null
            ? _recurrent.Forward(tokens, state.Parts, _embedding, dropout?.Fork(0))
            : ReadInContext(_context, tokens, state.Parts, dropout);
        h = _dropout.Forward(h, dropout?.Fork(1));
        var logits = _output.Forward(h).Reshape(-1, Configuration.VocabularySize);
        return (logits, ModelState.Lent(next));
    }

    /// <inheritdoc/>
    public Decoder CreateDecoder() =>
        Configuration.Bidirectional
            ? new ForwardDecoder(Restore(Configuration, Parameter.CopiesOf(Parameters)))
            : new RecurrentDecoder(_recurrent.Layers, _embedding?.Weight, _output, _context);

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
        configuration.RequireFeaturesFit();
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
        if (configuration.Features is { } features)
        {
            specs.AddRange(
                ContextTables
                    .Specs(features, configuration.EmbeddingSize)
                    .Select(spec => Under(ContextTables.Module, spec))
            );
        }
        var cell = Cell.Named(configuration.Kind);
        specs.AddRange(RecurrentLayers.Specs(cell, recurrent).Select(spec => Under("rnn", spec)));
        specs.AddRange(output.Skip(configuration.TiedWeights ? 1 : 0).Select(spec => Under("linear", spec)));
        return specs;
    }

    /// <summary>Reads vectors of tokens in their context, what is known of which is the state's last tensor.</summary>
    private (Tensor H, IReadOnlyList<Tensor> State) ReadInContext(
        ContextTables context,
        Indices tokens,
        IReadOnlyList<Tensor> state,
        DropoutStreams? dropout
    )
    {
        var (vectors, after) = context.Forward(tokens, state[^1], dropout?.Fork(2));
        var before = TensorPool.RentList(state.Count - 1);
        var next = TensorPool.RentList(state.Count);
        for (var i = 0; i < before.Length; i++)
        {
            before[i] = state[i];
        }
        var (h, recurrent) = _recurrent.Forward(vectors, before, dropout?.Fork(0));
        for (var i = 0; i < before.Length; i++)
        {
            next[i] = recurrent[i];
        }
        next[^1] = after;
        return (h, next);
    }

    private static ParameterSpec Under(string module, ParameterSpec spec) =>
        spec with
        {
            Name = $"{module}.{spec.Name}",
        };
}
